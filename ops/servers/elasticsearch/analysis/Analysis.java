package analysis;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.ngram.EdgeNGramTokenFilter;
import org.apache.lucene.analysis.ngram.NGramTokenFilter;
import org.apache.lucene.analysis.snowball.SnowballFilter;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.analysis.AbstractTokenFilterFactory;
import org.elasticsearch.index.analysis.PreConfiguredTokenFilter;
import org.elasticsearch.index.analysis.TokenFilterFactory;
import org.elasticsearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.elasticsearch.plugins.AnalysisPlugin;
import org.elasticsearch.plugins.Plugin;

/** The few token filters that mappings use, of a module that is published nowhere as a library. */
public class Analysis extends Plugin implements AnalysisPlugin {
  @Override
  public Map<String, AnalysisProvider<TokenFilterFactory>> getTokenFilters() {
    return Map.of("edge_ngram", (index, environment, name, settings) -> edgeNgram(name, settings),
        "ngram", (index, environment, name, settings) -> ngram(name, settings),
        "stemmer", (index, environment, name, settings) -> stemmer(name, settings.get("language", "english")));
  }

  @Override
  public List<PreConfiguredTokenFilter> getPreConfiguredTokenFilters() {
    return List.of(PreConfiguredTokenFilter.singleton("asciifolding", true, ASCIIFoldingFilter::new));
  }

  private static TokenFilterFactory edgeNgram(String name, Settings settings) {
    int min = settings.getAsInt("min_gram", 1), max = settings.getAsInt("max_gram", 2);
    return filter(name, stream -> new EdgeNGramTokenFilter(stream, min, max, false));
  }

  private static TokenFilterFactory ngram(String name, Settings settings) {
    int min = settings.getAsInt("min_gram", 1), max = settings.getAsInt("max_gram", 2);
    return filter(name, stream -> new NGramTokenFilter(stream, min, max, false));
  }

  private static TokenFilterFactory stemmer(String name, String language) {
    if (language.equals("english")) return filter(name, PorterStemFilter::new);
    String snowball = Character.toUpperCase(language.charAt(0)) + language.substring(1);
    return filter(name, stream -> new SnowballFilter(stream, snowball));
  }

  private static TokenFilterFactory filter(String name, Function<TokenStream, TokenStream> wrap) {
    return new AbstractTokenFilterFactory(name) {
      @Override
      public TokenStream create(TokenStream stream) {
        return wrap.apply(stream);
      }
    };
  }
}
