import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.codelibs.opensearch.runner.node.OpenSearchRunnerNode;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.plugins.Plugin;

/** One OpenSearch node on loopback. Arguments: its home, a folder that it does not need, the HTTP port, the transport port. */
public class Main {
  private static final List<String> MODULES = List.of(
      "org.opensearch.transport.Netty4ModulePlugin", "WithoutThai",
      "org.opensearch.painless.PainlessModulePlugin", "org.opensearch.index.reindex.ReindexModulePlugin",
      "org.opensearch.index.mapper.MapperExtrasModulePlugin", "org.opensearch.join.ParentJoinModulePlugin",
      "org.opensearch.percolator.PercolatorModulePlugin", "org.opensearch.script.mustache.MustacheModulePlugin",
      "org.opensearch.script.expression.ExpressionModulePlugin",
      "org.opensearch.search.aggregations.matrix.MatrixAggregationModulePlugin",
      "org.opensearch.ingest.common.IngestCommonModulePlugin", "org.opensearch.index.rankeval.RankEvalModulePlugin",
      "org.opensearch.geo.GeoModulePlugin");

  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]).toAbsolutePath();
    for (String name : List.of("config", "data", "logs")) Files.createDirectories(home.resolve(name));
    List<Class<? extends Plugin>> plugins = new ArrayList<>();
    for (String name : MODULES) plugins.add(Class.forName(name).asSubclass(Plugin.class));
    Environment environment = new Environment(settings(home, args[2], args[3]), home.resolve("config"));
    OpenSearchRunnerNode node = new OpenSearchRunnerNode(environment, plugins);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
    node.start();
    Thread.currentThread().join();
  }

  private static Settings settings(Path home, String port, String transportPort) {
    return Settings.builder()
        .put("path.home", home.toString()).put("path.data", home.resolve("data").toString()).put("path.logs", home.resolve("logs").toString())
        .put("cluster.name", "capstan").put("node.name", "capstan").put("discovery.type", "single-node").put("network.host", "127.0.0.1")
        .put("http.port", port).put("transport.port", transportPort).put("http.type", "netty4").put("transport.type", "netty4")
        .put("cluster.routing.allocation.disk.threshold_enabled", false).build();
  }

  private static void close(OpenSearchRunnerNode node) {
    try {
      node.close();
    } catch (Exception e) {
      e.printStackTrace();
    }
  }
}
