package io.dlrouter.core.request;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.core.json.JsonObject;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.Prompt.Unit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptReaderTest {
    private static final String LONG = "Once upon a time. ".repeat(200);

    @Test
    void read_nextTurnOfAChat_beginsAsTheOneBefore() {
        String first = message("system", LONG) + "," + message("user", LONG);
        Prompt one = read("{'messages':[" + first + "]}");
        Prompt next = read("{'messages':[" + first + "," + message("assistant", LONG) + "],'stream':true}");

        assertThat(one.unit()).isEqualTo(Unit.BYTES);
        assertThat(one.blocks()).isEqualTo(one.length() / one.blockLength());
        assertThat(shared(one, next)).isEqualTo(one.blocks());
        assertThat(next.blocks()).isGreaterThan(one.blocks());
    }

    @Test
    void read_otherBeginning_sharesNothing() {
        assertThat(shared(chat("A" + LONG), chat("B" + LONG))).isZero();
    }

    @Test
    void read_otherMiddle_sharesTheBeginning() {
        Prompt one = chat(LONG + "A" + LONG);
        Prompt other = chat(LONG + "B" + LONG);

        assertThat(shared(one, other)).isEqualTo(LONG.length() / one.blockLength());
    }

    @Test
    void read_sameChatWrittenOtherwise_isTheSamePrompt() {
        Prompt plain = read("{'messages':[{'role':'user','content':'" + LONG + "ä€😀\\n\\t'}]}");
        Prompt written = read("{ 'stream':false, 'messages' : [ { 'content': '" + LONG
                + "\\u00e4\\u20AC\\ud83d\\ude00\\u000a\\u0009', 'role' :'user' } ] }");

        assertThat(written.length()).isEqualTo(plain.length());
        assertThat(shared(written, plain)).isEqualTo(plain.blocks());
    }

    @Test
    void read_textParts_areAsTheirText() {
        Prompt plain = chat(LONG);
        Prompt parts = read("{'messages':[{'role':'user','content':[{'type':'text','text':'" + LONG + "'}]}]}");

        assertThat(shared(parts, plain)).isEqualTo(plain.blocks());
    }

    @Test
    void read_images_countForTheSameWhateverTheirSize() {
        Prompt small = image("data:image/png;base64,AAAA");
        Prompt large = image("data:image/png;base64," + "A".repeat(1_000_000));

        assertThat(large.length()).isEqualTo(small.length()).isBetween(4000L, 5000L);
        assertThat(shared(large, small)).as("other images").isZero();
        assertThat(shared(large, image("data:image/png;base64," + "A".repeat(1_000_000))))
                .isEqualTo(large.blocks());
    }

    @Test
    void read_toolsComeFirst_andSetPromptsApart() {
        String messages = "'messages':[" + message("user", LONG) + "]";
        Prompt tools = read("{" + messages + ",'tools':[{'type':'function','name':'a'}]}");

        assertThat(shared(tools, read("{'tools':[{'type':'function','name':'a'}]," + messages + "}")))
                .isEqualTo(tools.blocks());
        assertThat(shared(tools, read("{" + messages + "}"))).isZero();
    }

    @Test
    void read_otherSalt_sharesNothing() {
        Prompt salted = read("{'cache_salt':'one','prompt':'" + LONG + "'}");

        assertThat(shared(salted, read("{'cache_salt':'two','prompt':'" + LONG + "'}")))
                .isZero();
        assertThat(shared(salted, read("{'prompt':'" + LONG + "'}"))).isZero();
        assertThat(shared(salted, read("{'prompt':'" + LONG + "','cache_salt':'one'}")))
                .isEqualTo(salted.blocks());
    }

    @ParameterizedTest
    @ValueSource(strings = {"prompt", "input_ids", "input"})
    void read_tokenIds_areCounted(String member) {
        Prompt tokens = read("{'" + member + "':[" + ids(1000) + "]}");
        Prompt spaced = read("{'" + member + "':[ " + ids(1000).replace(",", " , ") + " ]}");

        assertThat(tokens.unit()).isEqualTo(Unit.TOKENS);
        assertThat(tokens.length()).isEqualTo(1000);
        assertThat(tokens.blocks()).isEqualTo(1000 / tokens.blockLength());
        assertThat(shared(tokens, spaced)).isEqualTo(tokens.blocks());
    }

    @Test
    void read_listOfTokenIds_isOnePromptAfterTheOther() {
        assertThat(read("{'prompt':[[" + ids(300) + "],[" + ids(300) + "]]}").length())
                .isEqualTo(600);
    }

    @Test
    void read_toolCallWithoutContent_isReadToo() {
        String call =
                "{'role':'assistant','content':null,'tool_calls':[{'id':'1','function':{'arguments':'" + LONG + "'}}]}";

        assertThat(read("{'messages':[" + call + "]}").length()).isGreaterThan(LONG.length());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'tools':null,'messages':[M]}",
                "{'tools':[],'messages':[M]}",
                "{'cache_salt':null,'messages':[M]}",
                "{'instructions':null,'messages':[M],'prompt':null}",
                "{'messages':null,'prompt':null,'input':[M]}"
            })
    void read_membersThatSayNothing_areAsIfTheyWereNotThere(String body) {
        Prompt plain = chat(LONG);

        assertThat(shared(read(body.replace("M", message("user", LONG))), plain))
                .isEqualTo(plain.blocks())
                .isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'system':'L','messages':[M]}",
                "{'system':[{'type':'text','text':'L'}],'messages':[M]}",
                "{'instructions':'L','input':'hello'}"
            })
    void read_instructions_comeBeforeTheMessages(String body) {
        Prompt prompt = read(body.replace("L", LONG).replace("M", message("user", "hello")));
        Prompt other = read(body.replace("L", "Other. " + LONG).replace("M", message("user", "hello")));

        assertThat(prompt.length()).isGreaterThan(LONG.length());
        assertThat(shared(prompt, other)).isZero();
    }

    @Test
    void read_noneOfTheKnownPrompts_isTheWholeBody() {
        assertThat(read("{'query':'" + LONG + "','documents':['" + LONG + "']}").length())
                .isGreaterThan(2L * LONG.length());
    }

    @Test
    void read_manyMembersAndDeepNesting_readsNoObjectTwice() {
        String members =
                IntStream.range(0, 9_000).mapToObj(i -> "'" + i + "':0").collect(Collectors.joining(","));
        String wide = "{'role':'user'," + members + "}";
        String deep = "{'text':".repeat(400) + "'" + "x".repeat(10_000) + "'" + "}".repeat(400);
        byte[] body = bytes("{'messages':[" + deep + "," + wide + "," + deep + "," + wide + "]}");
        AtomicInteger bytesRead = new AtomicInteger();

        Prompt prompt = new PromptReader(JsonObject.read(body), start -> {
                    JsonObject object = JsonObject.within(body, start, body.length);
                    bytesRead.addAndGet(object.end() - start);
                    return object;
                })
                .read();

        assertThat(prompt.length()).isPositive();
        assertThat(bytesRead.get()).isBetween(2 * (deep.length() + wide.length()), body.length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'messages':[]}",
                "{'messages':{}}",
                "{'messages':null}",
                "{'messages':[[],{},[{}],null,true,-1.5e3]}",
                "{'prompt':''}",
                "{'prompt':7}",
                "{'messages':[{'role':{},'content':[1,{'text':5},{'text':{}}]}]}",
                "{'prompt':'\\ud83d\\u0041\\ude00'}"
            })
    void read_oddBodies_areNoFailure(String body) {
        assertThat(read(body).blocks()).isLessThan(20);
    }

    @Property(tries = 500)
    void read_anyText_isReadAsItsOwnBytes(@ForAll @StringLength(max = 3000) String text) {
        String json = new com.squareup.moshi.Moshi.Builder()
                .build()
                .adapter(String.class)
                .toJson(text);
        Prompt prompt = PromptReaderTest.read(("{\"prompt\":" + json + "}").getBytes(UTF_8));

        if (text.chars().noneMatch(c -> Character.isSurrogate((char) c))) {
            assertThat(prompt.length()).isEqualTo(text.getBytes(UTF_8).length + 1);
        }
    }

    private static Prompt chat(String content) {
        return read("{'messages':[" + message("user", content) + "]}");
    }

    private static Prompt image(String url) {
        return read(
                "{'messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'" + url + "'}}]}]}");
    }

    private static String message(String role, String content) {
        return "{'role':'" + role + "','content':'" + content + "'}";
    }

    private static String ids(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    private static int shared(Prompt one, Prompt other) {
        int shared = 0;
        while (shared < Math.min(one.blocks(), other.blocks()) && one.block(shared) == other.block(shared)) {
            shared++;
        }
        return shared;
    }

    private static Prompt read(String body) {
        return read(bytes(body));
    }

    private static byte[] bytes(String body) {
        return body.replace('\'', '"').getBytes(UTF_8);
    }

    private static Prompt read(byte[] body) {
        return new PromptReader(JsonObject.read(body)).read();
    }
}
