package io.dlrouter.core.pd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.core.FedStream;
import io.dlrouter.core.pd.twostage.HandoverEdit;
import io.dlrouter.core.pd.twostage.PromptUsage;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** What holds for all streams of events, however they are cut into reads. */
class EditedEventsPropertyTest {
    private static final ResponseEdit EDIT =
            new HandoverEdit(Set.of("kv"), Optional.of(new PromptUsage(123456, Optional.empty())), false);

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void read_cutAnywhere_isTheSameText(
            @ForAll("streams") String stream, @ForAll @Size(max = 8) List<@IntRange(min = 1, max = 40) Integer> sizes)
            throws IOException {
        assertThat(edited(stream, sizes)).isEqualTo(expected(stream));
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void read_byteByByte_isTheSameText(@ForAll("streams") String stream) throws IOException {
        assertThat(edited(stream, List.of(1))).isEqualTo(expected(stream));
    }

    /** A stream with each line edited by itself; one without an end is not. */
    private static String expected(String stream) {
        StringBuilder expected = new StringBuilder();
        for (String line : stream.split("(?<=\n)", -1)) {
            boolean isEvent = line.startsWith("data:") && line.endsWith("\n");
            expected.append(isEvent ? "data:" + edited(line.substring("data:".length())) : line);
        }
        return expected.toString();
    }

    private static String edited(String json) {
        return new String(EDIT.apply(json.getBytes(UTF_8)), UTF_8);
    }

    /** What is read of a stream that comes in parts of these sizes in turn. */
    private static String edited(String stream, List<Integer> sizes) throws IOException {
        byte[] bytes = stream.getBytes(UTF_8);
        FedStream source = new FedStream();
        int from = 0;
        for (int i = 0; from < bytes.length; i++) {
            int size = sizes.isEmpty() ? bytes.length : sizes.get(i % sizes.size());
            int to = Math.min(bytes.length, from + size);
            source.feed(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        source.end();
        return new String(new EditedEvents(source, EDIT).readAllBytes(), UTF_8);
    }

    @Provide
    Arbitrary<String> streams() {
        Arbitrary<String> lines = Arbitraries.of(
                "data: {\"a\":\"é😀\"}\n",
                "data: {\"a\":1,\"kv\":{\"host\":\"10.0.0.1\"}}\n",
                "data: {\"kv\":1}\r\n",
                "data:{\"usage\":{\"prompt_tokens\":9,\"prompt_tokens_details\":{\"cached_tokens\":9}}}\n",
                "data: {\"usage\":{}}\r\n",
                "data: [DONE]\n",
                "data: {\"kv\":\n",
                "event: a\n",
                ": {\"kv\":1}\r\n",
                "\n",
                "\r\n",
                "data:",
                "d");
        return lines.list().ofMaxSize(8).map(all -> String.join("", all));
    }
}
