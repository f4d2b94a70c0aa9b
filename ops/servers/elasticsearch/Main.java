import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** One Elasticsearch node on loopback. Arguments: its home, the folder with modules/ and plugins/, the HTTP port, the transport port. */
public class Main {
  public static void main(String[] args) throws Exception {
    Path home = Path.of(args[0]).toAbsolutePath(), installed = Path.of(args[1]).toAbsolutePath();
    for (String name : List.of("config", "data", "logs", "modules", "plugins", "lib")) Files.createDirectories(home.resolve(name));
    LogConfigurator.configureESLogging();
    Environment environment = new Environment(settings(home, args[2], args[3]), home.resolve("config"));
    PluginsLoader loader = PluginsLoader.createPluginsLoader(PluginsLoader.loadModulesBundles(installed.resolve("modules"), false),
        PluginsLoader.loadPluginsBundles(installed.resolve("plugins"), false), Map.of(), false);
    Node node = new Node(environment, loader);
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

  private static void close(Node node) {
    try {
      node.close();
    } catch (Exception e) {
      e.printStackTrace();
    }
  }
}
