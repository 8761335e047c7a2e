package io.dlrouter.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.List;
import java.util.stream.DoubleStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

class ReplayReportTest {
    private final ReplayReport report = new ReplayReport(
            List.of(
                    row("plain", DoubleStream.of(0.5, 1, 2, 4.5), 1.25),
                    row("a<b>&{c=1,d=2}", DoubleStream.of(0.25, 100), 0.75)),
            Duration.ofMillis(1500));

    @Test
    void table_ofTwo_isAligned() {
        assertThat(report.table()).isEqualTo("""
                        | strategy       |  hits | mean s | p50 s |   p90 s |   p99 s | in 1.5 s | busy max/mean | requests max/mean | joined 1 | decision us | p99 us |
                        |----------------|------:|-------:|------:|--------:|--------:|---------:|--------------:|------------------:|---------:|------------:|-------:|
                        | plain          | 0.275 |  2.000 | 1.000 |   4.500 |   4.500 |    0.500 |         1.020 |             1.050 |    1.250 |         2.0 |    3.0 |
                        | a<b>&{c=1,d=2} | 0.275 | 50.125 | 0.250 | 100.000 | 100.000 |    0.500 |         1.020 |             1.050 |    0.750 |         2.0 |    3.0 |
                        """);
    }

    @Test
    void csv_nameWithCommas_isQuoted() {
        assertThat(report.csv().lines())
                .containsExactly(
                        "strategy,hits,ttft_mean_s,ttft_p50_s,ttft_p90_s,ttft_p99_s,within_limit,busy_max_mean,"
                                + "requests_max_mean,joined_1,decision_mean_us,decision_p99_us",
                        "plain,0.275,2.0,1.0,4.5,4.5,0.5,1.02,1.05,1.25,2.0,3.0",
                        "\"a<b>&{c=1,d=2}\",0.275,50.125,0.25,100.0,100.0,0.5,1.02,1.05,0.75,2.0,3.0");
    }

    @Test
    void svg_anyName_isWellFormedWithACurveForEach() throws Exception {
        Document image = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(report.svg().getBytes(UTF_8)));

        NodeList curves = image.getElementsByTagName("polyline");
        assertThat(curves.getLength()).isEqualTo(2);
        assertThat(image.getDocumentElement().getTextContent())
                .contains("plain", "a<b>&{c=1,d=2}", "0.1 s", "100 s", "50 %");
    }

    @Test
    void svg_curve_goesFromTheFirstToAll() {
        String curve = report.svg().replaceAll("(?s).*?<polyline points='([^']*)'.*", "$1");

        assertThat(curve.split(" ")).hasSize(400);
        assertThat(curve).endsWith(",24.0").startsWith("213.");
    }

    private static ReportRow row(String name, DoubleStream firstBytes, double joined) {
        Figures figures = new Figures(0.275, new Distribution(firstBytes), 1.02, 1.05, List.of(joined));
        return new ReportRow(name, figures, new Distribution(DoubleStream.of(1, 2, 3)));
    }
}
