package io.dlrouter.replay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/** What came of a trace, strategy by strategy. Immutable. */
public final class ReplayReport {
    private final List<ReportRow> rows;
    private final double limit;

    /** @param rows one for each strategy, of the same trace and the same engines */
    ReplayReport(List<ReportRow> rows, Duration limit) {
        this.rows = List.copyOf(rows);
        this.limit = limit.toNanos() / (double) TimeUnit.SECONDS.toNanos(1);
    }

    List<ReportRow> rows() {
        return rows;
    }

    /** A table in Markdown whose columns are aligned. */
    public String table() {
        return new ReportTable(columns(), rows).markdown();
    }

    /** The same as comma-separated values, with all digits that matter. */
    public String csv() {
        return new ReportTable(columns(), rows).csv();
    }

    /** The distribution functions of the times to first token, as an image in SVG. */
    public String svg() {
        return new Plot(rows, limit).svg();
    }

    private List<ReportTable.Column> columns() {
        List<ReportTable.Column> columns = new ArrayList<>(List.of(
                column("hits", "hits", 3, row -> row.figures().hits()),
                column(
                        "mean s",
                        "ttft_mean_s",
                        3,
                        row -> row.figures().firstBytes().mean()),
                column(
                        "p50 s",
                        "ttft_p50_s",
                        3,
                        row -> row.figures().firstBytes().quantile(0.5)),
                column(
                        "p90 s",
                        "ttft_p90_s",
                        3,
                        row -> row.figures().firstBytes().quantile(0.9)),
                column(
                        "p99 s",
                        "ttft_p99_s",
                        3,
                        row -> row.figures().firstBytes().quantile(0.99)),
                column(
                        "in " + Scale.text(limit) + " s",
                        "within_limit",
                        3,
                        row -> row.figures().firstBytes().within(limit)),
                column("busy max/mean", "busy_max_mean", 3, row -> row.figures().busy()),
                column(
                        "requests max/mean",
                        "requests_max_mean",
                        3,
                        row -> row.figures().requests())));
        for (int i = 0; i < rows.get(0).figures().joined().size(); i++) {
            int joined = i;
            columns.add(column(
                    "joined " + (i + 1),
                    "joined_" + (i + 1),
                    3,
                    row -> row.figures().joined().get(joined)));
        }
        columns.add(column(
                "decision us", "decision_mean_us", 1, row -> row.decisions().mean()));
        columns.add(
                column("p99 us", "decision_p99_us", 1, row -> row.decisions().quantile(0.99)));
        return columns;
    }

    private static ReportTable.Column column(
            String heading, String name, int digits, ToDoubleFunction<ReportRow> value) {
        return new ReportTable.Column(heading, name, digits, value);
    }
}
