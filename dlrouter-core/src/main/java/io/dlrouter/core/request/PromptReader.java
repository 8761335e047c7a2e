package io.dlrouter.core.request;

import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.json.JsonObject.Span;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.Prompt.Unit;
import io.dlrouter.spi.json.JsonScanner;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;

/**
 * Reads the prompt of a request in the order in which chat templates render it: tools, instructions, then messages,
 * each with role and content first; or the text or token ids in their place. Escapes are resolved, so that different
 * spellings of one text are equal. If none of these is found, the whole body counts. Used once.
 */
final class PromptReader {
    /** The block size of text: about as many tokens as {@link #TOKEN_BLOCK}, at four bytes each. */
    private static final int TEXT_BLOCK = 512;

    private static final int TOKEN_BLOCK = 128;

    /** The size of an image, or another part that is not text, in bytes of text: about 1,000 tokens. */
    private static final int PART_BYTES = 4096;

    private static final List<String> PROMPTS = List.of("messages", "prompt", "input_ids", "text", "input");
    /** The instructions of Anthropic's messages and OpenAI's responses, which come first. */
    private static final List<String> INSTRUCTIONS = List.of("system", "instructions");

    private static final List<String> FIRST = List.of("role", "content");

    private final JsonObject body;
    private final byte[] text;
    private final JsonScanner json;
    private final IntFunction<JsonObject> objects;
    private boolean inMessage;

    PromptReader(JsonObject body) {
        this(body, start -> JsonObject.within(body.source(), start, body.source().length));
    }

    /** @param objects reads the object that begins at an index of the body */
    PromptReader(JsonObject body, IntFunction<JsonObject> objects) {
        this.body = body;
        this.objects = objects;
        this.text = body.source();
        this.json = new JsonScanner(text, text.length);
    }

    Prompt read() {
        Optional<Span> prompt =
                PROMPTS.stream().flatMap(name -> given(body, name).stream()).findFirst();
        PromptBlocks blocks = prompt.filter(this::isOfTokens).isPresent()
                ? new PromptBlocks(Unit.TOKENS, TOKEN_BLOCK)
                : new PromptBlocks(Unit.BYTES, TEXT_BLOCK);
        given(body, "cache_salt").ifPresent(salt -> blocks.salt(text, salt.start(), salt.end()));
        given(body, "tools").ifPresent(tools -> blocks.text(text, tools.start(), tools.end()));
        INSTRUCTIONS.stream()
                .flatMap(name -> given(body, name).stream())
                .forEach(value -> render(value.start(), blocks));
        prompt.ifPresentOrElse(value -> render(value.start(), blocks), () -> blocks.text(text, 0, text.length));
        return blocks.prompt();
    }

    /** The value of a member, unless it is equivalent to an absent one. */
    private Optional<Span> given(JsonObject object, String name) {
        return object.span(name).filter(value -> !isNothing(value));
    }

    private boolean isNothing(Span value) {
        byte first = json.at(value.start());
        return first == 'n' || (first == '[' && json.at(json.skipSpace(value.start() + 1)) == ']');
    }

    /** Whether its first scalar is a number. */
    private boolean isOfTokens(Span prompt) {
        int here = prompt.start();
        while (json.at(here) == '[') {
            here = json.skipSpace(here + 1);
        }
        return Character.isDigit(json.at(here));
    }

    /** Adds the value that begins here, and returns the offset after it. */
    private int render(int here, PromptBlocks blocks) {
        return switch (json.at(here)) {
            case '"' -> string(here, blocks);
            case '[' -> elements(here, blocks);
            case '{' -> object(here, blocks);
            default -> scalar(here, blocks);
        };
    }

    private int scalar(int here, PromptBlocks blocks) {
        int end = json.skipValue(here);
        blocks.token(text, here, end);
        return end;
    }

    private int elements(int array, PromptBlocks blocks) {
        int here = json.skipSpace(array + 1);
        while (json.at(here) != ']') {
            here = json.skipSpace(render(here, blocks));
            here = json.at(here) == ',' ? json.skipSpace(here + 1) : here;
        }
        return here + 1;
    }

    /** A message, or a part of one; other members of a part are skipped. */
    private int object(int start, PromptBlocks blocks) {
        JsonObject object = objects.apply(start);
        Optional<Span> part = object.span("text").filter(this::isPlain);
        if (part.isPresent()) {
            render(part.get().start(), blocks);
        } else if (!inMessage && object.span("role").isPresent()) {
            inMessage = true;
            message(object, blocks);
            inMessage = false;
        } else {
            opaque(start, object.end(), blocks);
        }
        return object.end();
    }

    private boolean isPlain(Span value) {
        byte first = json.at(value.start());
        return first != '{' && first != '[';
    }

    private void message(JsonObject message, PromptBlocks blocks) {
        FIRST.stream().flatMap(name -> given(message, name).stream()).forEach(value -> render(value.start(), blocks));
        message.valuesBeside(FIRST)
                .filter(value -> !isNothing(value))
                .forEach(value -> blocks.text(text, value.start(), value.end()));
        blocks.text('\n');
    }

    /** Adds content without known tokens: by its checksum, repeated to a typical length. */
    private void opaque(int start, int end, PromptBlocks blocks) {
        CRC32C checksum = new CRC32C();
        checksum.update(text, start, end - start);
        for (int i = 0; i < PART_BYTES; i++) {
            blocks.text((int) (checksum.getValue() >>> (i % 4 * Byte.SIZE)));
        }
    }

    private int string(int quote, PromptBlocks blocks) {
        int from = quote + 1;
        int here = json.skipUnescaped(from);
        while (text[here] == '\\') {
            blocks.text(text, from, here);
            from = escape(here + 1, blocks);
            here = json.skipUnescaped(from);
        }
        blocks.text(text, from, here);
        blocks.text('\n');
        return here + 1;
    }

    /** Adds the character of the escape that continues here, and returns the offset after it. */
    private int escape(int here, PromptBlocks blocks) {
        int plain = "\"\\/bfnrt".indexOf(text[here]);
        if (plain >= 0) {
            blocks.text("\"\\/\b\f\n\r\t".charAt(plain));
            return here + 1;
        }
        int unit = codeUnit(here + 1);
        int behind = here + 5;
        if (Character.isHighSurrogate((char) unit) && text[behind] == '\\' && text[behind + 1] == 'u') {
            int low = codeUnit(behind + 2);
            if (Character.isLowSurrogate((char) low)) {
                utf8(Character.toCodePoint((char) unit, (char) low), blocks);
                return behind + 6;
            }
        }
        utf8(unit, blocks);
        return behind;
    }

    private int codeUnit(int here) {
        int unit = 0;
        for (int i = here; i < here + 4; i++) {
            unit = unit << 4 | Character.digit(text[i], 16);
        }
        return unit;
    }

    private static void utf8(int codePoint, PromptBlocks blocks) {
        if (codePoint < 0x80) {
            blocks.text(codePoint);
        } else if (codePoint < 0x800) {
            blocks.text(0xC0 | (codePoint >> 6));
            continuation(codePoint, blocks);
        } else if (codePoint < 0x10000) {
            blocks.text(0xE0 | (codePoint >> 12));
            continuation(codePoint >> 6, blocks);
            continuation(codePoint, blocks);
        } else {
            blocks.text(0xF0 | (codePoint >> 18));
            continuation(codePoint >> 12, blocks);
            continuation(codePoint >> 6, blocks);
            continuation(codePoint, blocks);
        }
    }

    private static void continuation(int bits, PromptBlocks blocks) {
        blocks.text(0x80 | (bits & 0x3F));
    }
}
