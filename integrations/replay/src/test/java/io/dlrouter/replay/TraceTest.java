package io.dlrouter.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.dlrouter.spi.Prompt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceTest {
    private static final String NUMBERED =
            "{\"timestamp\": 3000, \"input_length\": 700, \"output_length\": 5, \"hash_ids\": [0, 7]}";

    private static final String LOGGED = "{\"time\":\"2026-01-31T12:00:10.500Z\",\"route\":\"/v1/completions\","
            + "\"status\":200,\"error\":null,\"first_byte_ms\":400,\"whole_ms\":2400,\"prompt\":{\"unit\":\"bytes\","
            + "\"length\":900,\"block_length\":512,\"blocks\":[\"00000000000000ff\"]},\"usage\":{\"prompt_tokens\":250,"
            + "\"cached_tokens\":null,\"completion_tokens\":30}}";

    @TempDir
    Path folder;

    @Test
    void read_mooncake_hasTimesLengthsAndBlocks() throws Exception {
        Trace trace = read(NUMBERED, NUMBERED.replace("3000", "6000").replace("[0, 7]", "[0, 8]"));

        assertThat(trace.complaint()).isEmpty();
        assertThat(trace.requests()).extracting(TraceRequest::nanoTime).containsExactly(0L, 3_000_000_000L);
        TraceRequest first = trace.requests().get(0);
        assertThat(first.promptTokens()).isEqualTo(700);
        assertThat(first.outputTokens()).isEqualTo(5);
        assertThat(first.prompt().unit()).isEqualTo(Prompt.Unit.TOKENS);
        assertThat(first.prompt().blockLength()).isEqualTo(512);
        assertThat(inCommon(first, trace.requests().get(1))).isEqualTo(1);
    }

    @Test
    void read_accessLog_hasTimesOfArrivalAndWhatWasCounted() throws Exception {
        Trace trace = read(LOGGED, LOGGED.replace("10.500", "10.600").replace("2400", "3500"));

        assertThat(trace.requests()).extracting(TraceRequest::nanoTime).containsExactly(0L, 1_000_000_000L);
        TraceRequest second = trace.requests().get(1);
        assertThat(second.promptTokens()).isEqualTo(250);
        assertThat(second.outputTokens()).isEqualTo(30);
        assertThat(second.prompt().unit()).isEqualTo(Prompt.Unit.BYTES);
        assertThat(second.prompt().length()).isEqualTo(900);
        assertThat(second.prompt().block(0)).isEqualTo(255);
    }

    @Test
    void read_logWithoutUsage_takesTokensFromBytesAndTime() throws Exception {
        TraceRequest request =
                read(LOGGED.replace("\"usage\":{", "\"unknown\":{")).requests().get(0);

        assertThat(request.promptTokens()).isEqualTo(900 / 4);
        assertThat(request.outputTokens()).isEqualTo((2400 - 400) / 50);
    }

    @Test
    void read_gzip_isTheSame() throws Exception {
        Path file = folder.resolve("trace.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(NUMBERED.getBytes(UTF_8));
        }

        assertThat(Trace.read(file, 512).size()).isEqualTo(1);
    }

    @Test
    void read_gzipThatIsCutOff_isOfUseAsFarAsItGoes() throws Exception {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(whole)) {
            for (int i = 0; i < 5000; i++) {
                out.write((NUMBERED.replace("3000", Integer.toString(i * 37)) + "\n").getBytes(UTF_8));
            }
        }
        Path file = folder.resolve("trace.gz");
        Files.write(file, Arrays.copyOf(whole.toByteArray(), whole.size() / 2));

        Trace trace = Trace.read(file, 512);

        assertThat(trace.size()).isGreaterThan(1000);
        assertThat(trace.complaint())
                .hasValueSatisfying(complaint ->
                        assertThat(complaint).endsWith("the file ends in the middle of what is compressed"));
    }

    @Test
    void read_uselessLines_areCountedAndTheFirstIsNamed() throws Exception {
        Trace trace = read(NUMBERED, "{\"time", "", "[]", NUMBERED);

        assertThat(trace.size()).isEqualTo(2);
        assertThat(trace.complaint()).contains("3 of 5 lines are of no use, the first is line 2: it is no JSON object");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"output_length\": 5 | \"other\": 5 | no output_length",
                "3000 | -1 | timestamp: -1.0 (expected: a time from 1970 to 2096)",
                "[0, 7] | [0, 7, 8] | hash_ids: 3 of them (expected: 1 or one more, because input_length is 700 and block_tokens 512)",
                "[0, 7] | [] | hash_ids: 0 of them (expected: 1 or one more",
                "700 | 512 | hash_ids: 2 of them (expected: 1 or one more",
                "[0, 7] | [0, null] | no number in hash_ids",
                "[0, 7] | null | no status",
                "\"output_length\": 5 | \"output_length\": -5 | tokens: 700 and -5 (expected: 0 or more)",
                "700 | 7000000000 | Expected an int but was 7000000000",
            })
    void read_lineThatSaysTooLittle_isToldWhy(String good, String bad, String reason) throws Exception {
        assertThat(read(NUMBERED, NUMBERED.replace(good, bad)).complaint())
                .hasValueSatisfying(complaint -> assertThat(complaint).contains("line 2: " + reason));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "200 | 503 | status: 503 (expected: below 400)",
                "\"prompt\": | \"other\": | no prompt",
                "\"bytes\" | \"words\" | prompt.unit: words (expected: bytes or tokens)",
                "00ff | 00fg | ",
                "2026-01-31T | yesterday | time: yesterday12:00:10.500Z (expected: such as ",
                "2026- | 1926- | time: 1926-",
                "2400 | -9223372036854775808 | time: ",
            })
    void read_logLineThatSaysTooLittle_isToldWhy(String good, String bad, String reason) throws Exception {
        assertThat(read(NUMBERED, LOGGED.replace(good, bad)).complaint())
                .hasValueSatisfying(
                        complaint -> assertThat(complaint).contains("line 2: " + (reason == null ? "" : reason)));
    }

    @Test
    void read_lineTooLong_isPassedOver() throws Exception {
        Trace trace = read(NUMBERED, " ".repeat(TraceReader.LONGEST_LINE + 9000) + NUMBERED, NUMBERED);

        assertThat(trace.size()).isEqualTo(2);
        assertThat(trace.complaint())
                .hasValueSatisfying(text -> assertThat(text).contains("line 2: it is longer"));
    }

    @Test
    void read_nothingOfUse_isAnErrorThatSaysWhatIsExpected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read("{}", "{}"))
                .withMessageContainingAll(
                        "2 of 2 lines", "line 1: no status", "(expected: lines of JSON with timestamp");
        assertThatIllegalArgumentException().isThrownBy(() -> read("")).withMessageContaining("it is empty");
        assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> Trace.read(folder.resolve("none"), 512));
    }

    @Test
    void read_conversation_sharesAsMuchAsItIsKnownTo() throws Exception {
        Trace trace = Trace.read(Traces.conversation(), 512);
        BlockCache endless = new BlockCache(Integer.MAX_VALUE);
        long held = trace.requests().stream()
                .mapToLong(request -> endless.read(request.prompt()))
                .sum();
        long blocks = trace.requests().stream()
                .mapToLong(request -> request.prompt().blocks())
                .sum();

        assertThat(trace.size()).isEqualTo(12_031);
        assertThat(blocks).isEqualTo(288_500);
        assertThat(Math.round(10_000.0 * held / blocks)).isEqualTo(3664);
    }

    @Test
    void spread_requestsOfOneTime_staysBeforeTheNextTime() {
        Trace trace = Traces.of(IntStream.range(0, 1000)
                .mapToObj(i -> Traces.request(i < 500 ? 0 : i < 999 ? 2 : 60, i))
                .toArray(TraceRequest[]::new));

        List<Long> times =
                trace.spread(1).requests().stream().map(TraceRequest::nanoTime).toList();

        assertThat(times).isSorted().doesNotHaveDuplicates();
        assertThat(times.subList(0, 500)).allMatch(time -> time < Traces.nanos(2));
        assertThat(times.subList(500, 999))
                .allMatch(time -> time >= Traces.nanos(2) && time < Traces.nanos(5))
                .anyMatch(time -> time > Traces.nanos(4.5));
        assertThat(times.subList(0, 500)).anyMatch(time -> time > Traces.nanos(1.9));
        assertThat(times.get(999)).isBetween(Traces.nanos(60), Traces.nanos(63));
    }

    @Test
    void spread_sameSeed_isTheSame() {
        Trace trace = Traces.of(Traces.request(0, 1), Traces.request(0, 2), Traces.request(9, 3));

        assertThat(trace.spread(4).requests()).isEqualTo(trace.spread(4).requests());
        assertThat(trace.spread(4).requests()).isNotEqualTo(trace.spread(5).requests());
    }

    @Test
    void rate_twice_halvesTheTimes() {
        Trace trace = Traces.of(Traces.request(0, 1), Traces.request(9, 3));

        assertThat(trace.rate(2).requests()).extracting(TraceRequest::nanoTime).containsExactly(0L, 4_500_000_000L);
    }

    @Test
    void sharingFirstHalf_anyTwoPrompts_haveHalfOfTheShorterInCommon() {
        List<TraceRequest> requests = Traces.of(
                        Traces.request(0, 1, 2, 3, 4), Traces.request(1, 5, 6, 7, 8, 9), Traces.request(2, 1, 2, 3, 4))
                .sharingFirstHalf()
                .requests();

        assertThat(inCommon(requests.get(0), requests.get(1))).isEqualTo(2);
        assertThat(inCommon(requests.get(0), requests.get(2))).isEqualTo(4);
        assertThat(requests.get(1).prompt().blocks()).isEqualTo(5);
    }

    @Test
    void first_some_areTheEarliest() {
        Trace trace = Traces.of(Traces.request(5, 1), Traces.request(0, 2), Traces.request(3, 3));

        assertThat(trace.first(2).requests()).extracting(TraceRequest::nanoTime).containsExactly(0L, 3_000_000_000L);
    }

    private static int inCommon(TraceRequest one, TraceRequest other) {
        BlockCache cache = new BlockCache(100);
        cache.read(one.prompt());
        return cache.read(other.prompt());
    }

    private Trace read(String... lines) throws IOException {
        Path file = folder.resolve("trace.jsonl");
        Files.writeString(file, String.join("\n", lines));
        return Trace.read(file, 512);
    }
}
