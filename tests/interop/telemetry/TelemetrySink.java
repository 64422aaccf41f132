import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metrics.KafkaMetric;
import org.apache.kafka.common.metrics.MetricsReporter;
import org.apache.kafka.server.authorizer.AuthorizableRequestContext;
import org.apache.kafka.server.telemetry.ClientTelemetry;
import org.apache.kafka.server.telemetry.ClientTelemetryPayload;
import org.apache.kafka.server.telemetry.ClientTelemetryReceiver;

/** A broker's plugin that takes clients' metrics (KIP-714): a line for each push into the file `telemetry.sink`. */
@SuppressWarnings("removal") // their successors are of 4.2; these are also of 3.9
public class TelemetrySink implements MetricsReporter, ClientTelemetry, ClientTelemetryReceiver {
  private Path to;

  @Override
  public void configure(Map<String, ?> configs) {
    to = Path.of((String) configs.get("telemetry.sink"));
  }

  @Override
  public ClientTelemetryReceiver clientReceiver() {
    return this;
  }

  /** client.id, client instance id, whether it is the last, the metrics. */
  @Override
  public synchronized void exportMetrics(AuthorizableRequestContext context, ClientTelemetryPayload payload) {
    ByteBuffer data = payload.data().duplicate();
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    String line =
        String.join(
            " ",
            context.clientId(),
            payload.clientInstanceId().toString(),
            payload.isTerminating() ? "last" : "more",
            Base64.getEncoder().encodeToString(bytes));
    try {
      Files.writeString(to, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void init(List<KafkaMetric> metrics) {}

  @Override
  public void metricChange(KafkaMetric metric) {}

  @Override
  public void metricRemoval(KafkaMetric metric) {}

  @Override
  public void close() {}
}
