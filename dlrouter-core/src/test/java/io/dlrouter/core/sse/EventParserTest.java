package io.dlrouter.core.sse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventParserTest {
    private final List<ServerSentEvent> events = new ArrayList<>();
    private final EventParser parser = new EventParser(1 << 20, events::add);

    private void add(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        parser.add(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void add_anyLineEnd_endsLinesAndEvents(String end) {
        add("event: a" + end + "data: 1" + end + end + ": comment" + end + end + "data:2" + end + "data:  3" + end
                + end);

        assertThat(events).containsExactly(new ServerSentEvent("a", "1"), ServerSentEvent.of("2\n 3"));
        assertThat(parser.isWithinEvent()).isEqualTo(false);
    }

    @Test
    void add_eventWithoutItsBlankLine_isWithinEventUntilTheEnd() {
        add("data: 1\n");
        assertThat(events).isEmpty();
        assertThat(parser.isWithinEvent()).isTrue();

        parser.end();
        assertThat(events).containsExactly(ServerSentEvent.of("1"));
    }

    @Test
    void add_halfOfALineEndInPairs_isWithinEvent() {
        add("data: 1\r\n\r");
        assertThat(parser.isWithinEvent()).isTrue();

        add("\n");
        assertThat(parser.isWithinEvent()).isFalse();
    }

    @Test
    void add_lineBeyondTheLimit_isCut() {
        EventParser shortLines = new EventParser(8, events::add);
        byte[] bytes = "data: 123456\n\n".getBytes(UTF_8);
        shortLines.add(bytes, 0, bytes.length);

        assertThat(events).containsExactly(ServerSentEvent.of("12"));
    }

    @Property
    void add_eventsInAnyPieces_areThoseThatWereWritten(
            @ForAll("events") List<ServerSentEvent> written, @ForAll List<Integer> cuts) {
        StringBuilder text = new StringBuilder();
        written.forEach(event -> text.append(new String(event.toBytes(), UTF_8)));
        byte[] bytes = text.toString().getBytes(UTF_8);
        List<ServerSentEvent> read = new ArrayList<>();
        EventParser pieces = new EventParser(1 << 20, read::add);
        int offset = 0;
        for (int cut : cuts) {
            int count = Math.floorMod(cut, bytes.length - offset + 1);
            pieces.add(bytes, offset, count);
            offset += count;
        }
        pieces.add(bytes, offset, bytes.length - offset);

        assertThat(read).isEqualTo(written);
    }

    @Provide
    Arbitrary<List<ServerSentEvent>> events() {
        Arbitrary<String> text = Arbitraries.strings().excludeChars('\r', '\n').ofMaxLength(20);
        Arbitrary<String> type = Arbitraries.strings().alpha().ofMaxLength(5);
        return Combinators.combine(type, text.list().ofMinSize(1).ofMaxSize(3))
                .as((name, lines) -> new ServerSentEvent(name, String.join("\n", lines)))
                .list()
                .ofMaxSize(5);
    }
}
