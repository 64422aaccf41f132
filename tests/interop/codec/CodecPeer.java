import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/** The other end of codec_exchange.cpp, which describes what they say to each other: Apache Kafka's own generated classes. */
public final class CodecPeer {
    private static final String[] PACKAGES = {
        "org.apache.kafka.common.message.",
        "org.apache.kafka.common.metadata.",
        "org.apache.kafka.coordinator.group.generated.",
        "org.apache.kafka.coordinator.share.generated.",
        "org.apache.kafka.coordinator.transaction.generated.",
        "org.apache.kafka.raft.generated.",
        "org.apache.kafka.server.log.remote.metadata.storage.generated.",
    };
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** A message class and its JSON converter, found by the message's name. */
    private record Type(Class<?> message, Method fromJson, Method toJson) {
        static Type find(String name) {
            for (String where : PACKAGES) {
                for (String suffix : new String[] {"", "Data"}) {
                    try {
                        Class<?> message = Class.forName(where + name + suffix);
                        Class<?> converter = Class.forName(where + name + suffix + "JsonConverter");
                        return new Type(message, converter.getMethod("read", JsonNode.class, short.class),
                            converter.getMethod("write", message, short.class));
                    } catch (ClassNotFoundException | NoSuchMethodException e) {
                        continue;
                    }
                }
            }
            return null;
        }

        Message create() throws ReflectiveOperationException {
            return (Message) message.getConstructor().newInstance();
        }

        boolean knows(short version) throws ReflectiveOperationException {
            Message any = create();
            return any.lowestSupportedVersion() <= version && version <= any.highestSupportedVersion();
        }
    }

    private record Item(String name, short version, byte[] bytes, byte[] json) {}

    private final DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
    private final DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 16));
    private final Map<String, Type> types = new HashMap<>();

    public static void main(String[] args) throws IOException {
        new CodecPeer().run();
    }

    private void run() throws IOException {
        for (int count = in.readInt(); count > 0; count = in.readInt()) {
            Item[] batch = new Item[count];
            for (int i = 0; i < count; i++) {
                String name = new String(readField(), StandardCharsets.UTF_8);
                short version = in.readShort();
                batch[i] = new Item(name, version, readField(), readField());
            }
            for (Item item : batch) {
                answer(item);
            }
            out.flush();
        }
    }

    private void answer(Item item) throws IOException {
        try {
            Type type = types.computeIfAbsent(item.name, Type::find);
            if (type == null || !type.knows(item.version)) {
                out.writeByte(1);
                return;
            }
            Message decoded = type.create();
            ByteBufferAccessor from = new ByteBufferAccessor(ByteBuffer.wrap(item.bytes));
            decoded.read(from, item.version);
            if (from.remaining() != 0) {
                throw new IllegalStateException(from.remaining() + " bytes are left over");
            }
            byte[] json = MAPPER.writeValueAsBytes(type.toJson.invoke(null, decoded, item.version));
            byte[] echoed = encode(decoded, item.version);
            byte[] fromJson =
                encode((Message) type.fromJson.invoke(null, MAPPER.readTree(item.json), item.version), item.version);
            out.writeByte(0);
            writeField(json);
            writeField(echoed);
            writeField(fromJson);
        } catch (InvocationTargetException e) {
            fail(e.getCause());
        } catch (ReflectiveOperationException | RuntimeException e) {
            fail(e);
        }
    }

    private void fail(Throwable why) throws IOException {
        out.writeByte(2);
        writeField(why.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] encode(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        if (buffer.hasRemaining()) {
            throw new IllegalStateException(buffer.remaining() + " bytes fewer than announced");
        }
        return buffer.array();
    }

    private byte[] readField() throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return bytes;
    }

    private void writeField(byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
