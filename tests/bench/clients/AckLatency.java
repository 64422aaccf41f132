import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** One record at a time to partition 0, each waited for: AckLatency BOOTSTRAP TOPIC RECORDS WARM PAUSE_US. */
public class AckLatency {
    public static void main(String[] arguments) throws Exception {
        String topic = arguments[1];
        int records = Integer.parseInt(arguments[2]);
        int warm = Integer.parseInt(arguments[3]);
        long pause = Long.parseLong(arguments[4]) * 1000;
        Properties properties = new Properties();
        properties.put("bootstrap.servers", arguments[0]);
        properties.put("acks", "all");
        properties.put("enable.idempotence", "true");
        properties.put("linger.ms", "0");
        properties.put("batch.size", "262144");
        byte[] value = new byte[100];
        double[] took = new double[records];
        try (var producer = new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = -warm; i < records; i++) {
                if (i >= 0) LockSupport.parkNanos(pause);
                long sent = System.nanoTime();
                producer.send(new ProducerRecord<byte[], byte[]>(topic, 0, null, value)).get();
                if (i >= 0) took[i] = (System.nanoTime() - sent) / 1000.0;
            }
        }
        Arrays.sort(took);
        System.out.printf("{\"p50\": %.1f, \"p99\": %.1f}%n", took[(records - 1) / 2], took[(int) (0.99 * (records - 1))]);
    }
}
