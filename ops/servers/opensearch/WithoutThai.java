import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.analysis.common.CommonAnalysisModulePlugin;
import org.opensearch.index.analysis.AnalyzerProvider;
import org.opensearch.index.analysis.PreBuiltAnalyzerProviderFactory;
import org.opensearch.index.analysis.PreConfiguredTokenizer;
import org.opensearch.index.analysis.TokenizerFactory;
import org.apache.lucene.analysis.Analyzer;
import org.opensearch.indices.analysis.AnalysisModule.AnalysisProvider;

/** The analysers of every language but the one whose words only a Java with all its locales can tell apart; small Javas refuse every index for it. */
public class WithoutThai extends CommonAnalysisModulePlugin {
  @Override
  public Map<String, AnalysisProvider<TokenizerFactory>> getTokenizers() {
    return without(super.getTokenizers());
  }

  @Override
  public Map<String, AnalysisProvider<AnalyzerProvider<? extends Analyzer>>> getAnalyzers() {
    return without(super.getAnalyzers());
  }

  @Override
  public List<PreBuiltAnalyzerProviderFactory> getPreBuiltAnalyzerProviderFactories() {
    return super.getPreBuiltAnalyzerProviderFactories().stream().filter(factory -> !factory.getName().equals("thai")).toList();
  }

  @Override
  public List<PreConfiguredTokenizer> getPreConfiguredTokenizers() {
    return super.getPreConfiguredTokenizers().stream().filter(tokenizer -> !tokenizer.getName().equals("thai")).toList();
  }

  private static <T> Map<String, T> without(Map<String, T> all) {
    Map<String, T> rest = new HashMap<>(all);
    rest.remove("thai");
    return rest;
  }
}
