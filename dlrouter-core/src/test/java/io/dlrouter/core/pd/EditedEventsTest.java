package io.dlrouter.core.pd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.dlrouter.BadNodeResponseException;
import io.dlrouter.core.FedStream;
import io.dlrouter.core.json.ParsedJson;
import io.dlrouter.core.pd.twostage.HandoverEdit;
import io.dlrouter.core.pd.twostage.PromptUsage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EditedEventsTest {
    private static final ResponseEdit EDIT = new HandoverEdit(
            Set.of("kv"),
            Optional.of(new PromptUsage(7, Optional.of("{\"cached_tokens\":4,\"audio_tokens\":0}"))),
            false);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "\n\n\r\n",
                ": a comment with {\"kv\":1}\n\n",
                "event: {\"kv\":1}\nid: 1\nretry: 5\n\n",
                "data: [DONE]\n\n",
                "data:\n\n",
                "data: \n\n",
                "data\n\n",
                "data: {\"kv\":1\n\n",
                "data: [{\"kv\":1}]\n\n",
                "data : {\"kv\":1}\n\n",
                " data: {\"kv\":1}\n\n",
                "Data: {\"kv\":1}\n\n",
                "dat",
                "{\"kv\":1}\n",
                "data: {\"a\":16.0,\"choices\":[{\"kv\":1}]}\n\n",
                "data: {\"usage\":null}\n\n",
                "data: {\"a\":\"é😀\"}\r\n\r\n",
                "data: {\"a\":1}",
                "data: {\"a\":1}\n\ndata: {\"b\":2",
                "\0\n\uFEFFdata: {\"kv\":1}\n",
            })
    void read_nothingToEdit_isByteForByteWhatCame(String events) throws IOException {
        assertThat(edited(events)).isEqualTo(events);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "data: {\"kv\":1,\"a\":16.0}\\n\\n             | data: {\"a\":16.0}\\n\\n",
                "data: {\"kv\":1,\"a\":16.0}\\r\\n\\r\\n       | data: {\"a\":16.0}\\r\\n\\r\\n",
                "data:{\"a\":16.0,\"kv\":1}\\n\\n              | data:{\"a\":16.0}\\n\\n",
                "data:   {\"a\":16.0,\"kv\":1}  \\n\\n         | data:   {\"a\":16.0}  \\n\\n",
                "event: x\\ndata: {\"kv\":1}\\nid: 1\\n\\n     | event: x\\ndata: {}\\nid: 1\\n\\n",
                "data: {\"kv\":1}\\ndata: {\"kv\":2,\"b\":3}\\n | data: {}\\ndata: {\"b\":3}\\n",
                ": c\\n\\ndata: {\"kv\":1}\\n\\ndata: [DONE]\\n\\n | : c\\n\\ndata: {}\\n\\ndata: [DONE]\\n\\n",
            })
    void read_eventsWithHiddenMembers_areWithoutThemAndElseAsTheyCame(String events, String expected)
            throws IOException {
        assertThat(edited(lines(events))).isEqualTo(lines(expected));
    }

    private static String lines(String written) {
        return written.replace("\\r", "\r").replace("\\n", "\n");
    }

    @Test
    void read_usageInEveryEvent_isMergedInEach() throws IOException {
        String events = """
                data: {"i":1,"usage":{"prompt_tokens":9,"completion_tokens":1}}

                data: {"i":2,"usage":{"prompt_tokens":9,"completion_tokens":2}}

                data: {"i":3,"usage":null}

                data: [DONE]

                """;

        String[] edited = edited(events).split("\n\n", -1);

        assertThat(edited).hasSize(5);
        for (int i = 0; i < 2; i++) {
            assertThat(ParsedJson.object(edited[i].substring("data: ".length())).get("usage"))
                    .isEqualTo(ParsedJson.object("{\"prompt_tokens\":7,\"completion_tokens\":" + (i + 1)
                            + ",\"total_tokens\":" + (i + 8)
                            + ",\"prompt_tokens_details\":{\"cached_tokens\":4,\"audio_tokens\":0}}"));
        }
        assertThat(edited[2]).isEqualTo("data: {\"i\":3,\"usage\":null}");
        assertThat(edited[3]).isEqualTo("data: [DONE]");
    }

    @ParameterizedTest
    @ValueSource(ints = {16 * 1024 - 20, 16 * 1024, 17 * 1024, 100_000, 1 << 20})
    void read_longLines_areEditedAndPass(int length) throws IOException {
        String text = "é".repeat(length / 2);
        String long1 = "data: {\"a\":\"" + text + "\",\"kv\":\"" + text + "\"}\n\n";
        String long2 = ": " + text + "\n\n";

        assertThat(edited(long1 + long2 + "data: {\"kv\":1}\n\n" + long1))
                .isEqualTo("data: {\"a\":\"" + text + "\"}\n\n" + long2 + "data: {}\n\ndata: {\"a\":\"" + text
                        + "\"}\n\n");
    }

    @Test
    void read_editsThatGrowInAFullBuffer_areWhole() throws IOException {
        String event = "data: {\"usage\":{\"prompt_tokens\":9}}\n\n";
        String grown = edited(event);

        assertThat(grown.length()).isGreaterThan(2 * event.length());
        assertThat(edited(event.repeat(5_000))).isEqualTo(grown.repeat(5_000));
    }

    @Test
    void read_lineWithoutAnEnd_failsAtTheLimit() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                return 'x';
            }

            @Override
            public int read(byte[] target, int offset, int length) {
                Arrays.fill(target, offset, offset + length, (byte) 'x');
                return length;
            }
        };

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> new EditedEvents(endless, EDIT).read())
                .withMessage("A line of a stream is longer than 67108864 bytes (expected: an event)")
                .withCauseInstanceOf(BadNodeResponseException.class);
    }

    @Test
    void read_lineComplete_isThereWithoutWaitingForMore() throws IOException {
        FedStream source = new FedStream();
        InputStream events = new EditedEvents(source, EDIT);

        source.feed("data: {\"kv\":1,\"a\":1}\n");
        assertThat(next(events)).isEqualTo("data: {\"a\":1}\n");
        source.feed("\ndata: {\"k").feed("v\":1,\"b\":2}\n\ndata: {\"c\":");
        assertThat(next(events)).isEqualTo("\n");
        assertThat(next(events)).isEqualTo("data: {\"b\":2}\n\n");
        source.feed("3}\n");
        assertThat(next(events)).isEqualTo("data: {\"c\":3}\n");
        source.end();
        assertThat(events.read()).isNegative();
        assertThat(events.read()).isNegative();
    }

    @Test
    void awaitFirst_lineComplete_losesNothing() throws IOException {
        FedStream source = new FedStream();
        EditedEvents events = new EditedEvents(source, EDIT);
        source.feed(": c\n");

        events.awaitFirst();

        assertThat(next(events)).isEqualTo(": c\n");
        source.end();
        assertThat(next(events)).isEmpty();
    }

    @Test
    void awaitFirst_proofOfTakeoverWanted_waitsForAnEvent() throws IOException {
        FedStream source = new FedStream();
        HandoverEdit edit = new HandoverEdit(Set.of("kv"), Optional.empty(), true);
        EditedEvents events = new EditedEvents(source, edit);
        source.feed(": c\n\n").feed("data: {\"choices\":[{}]}\n");

        events.awaitFirst();

        assertThat(edit.provesHandover()).isTrue();
        assertThat(next(events)).isEqualTo(": c\n\ndata: {\"choices\":[{}]}\n");
    }

    @Test
    void awaitFirst_errorIsTheFirstEvent_provesNothing() throws IOException {
        FedStream source = new FedStream();
        HandoverEdit edit = new HandoverEdit(Set.of("kv"), Optional.empty(), true);
        source.feed("data: {\"error\":{}}\n");

        new EditedEvents(source, edit).awaitFirst();

        assertThat(edit.provesHandover()).isFalse();
    }

    @Test
    void awaitFirst_emptyStream_isItsEnd() throws IOException {
        EditedEvents events = events("");

        events.awaitFirst();

        assertThat(events.read()).isNegative();
    }

    @Test
    void awaitFirst_cutBeforeALineIsComplete_isThatFailure() {
        FedStream source = new FedStream();
        BadNodeResponseException reason = new BadNodeResponseException("broken");
        source.feed("data: {").fail(new IOException("broken", reason));

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> new EditedEvents(source, EDIT).awaitFirst())
                .withMessage("broken")
                .withCause(reason);
    }

    @Test
    void read_cutInTheMiddleOfALine_givesTheLinesBeforeAndThenTheFailure() throws IOException {
        FedStream source = new FedStream();
        InputStream events = new EditedEvents(source, EDIT);
        BadNodeResponseException reason = new BadNodeResponseException("broken");
        source.feed("data: {\"kv\":1}\n\ndata: {\"kv\":").fail(new IOException("broken", reason));

        assertThat(next(events)).isEqualTo("data: {}\n\n");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(events::read)
                .withMessage("broken")
                .withCause(reason);
    }

    @Test
    void read_fewBytesAtATime_areInOrder() throws IOException {
        InputStream events = events("data: {\"kv\":1,\"a\":1}\n\n");
        byte[] target = new byte[5];

        assertThat(events.read()).isEqualTo('d');
        assertThat(events.read(target, 1, 3)).isEqualTo(3);
        assertThat(target).isEqualTo(new byte[] {0, 'a', 't', 'a', 0});
        assertThat(events.read(target, 0, 0)).isZero();
        assertThat(events.readAllBytes()).asString(UTF_8).isEqualTo(": {\"a\":1}\n\n");
    }

    @Test
    void close_stream_closesItsSource() throws IOException {
        FedStream source = new FedStream();

        new EditedEvents(source, EDIT).close();

        assertThat(source.isClosed()).isTrue();
    }

    /** What one read gives. */
    private static String next(InputStream events) throws IOException {
        byte[] target = new byte[1024];
        int count = events.read(target);
        return new String(target, 0, Math.max(count, 0), UTF_8);
    }

    private static EditedEvents events(String text) {
        return new EditedEvents(new ByteArrayInputStream(text.getBytes(UTF_8)), EDIT);
    }

    private static String edited(String text) throws IOException {
        return new String(events(text).readAllBytes(), UTF_8);
    }
}
