package io.dlrouter.core.json;

import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.JsonMembers;
import io.dlrouter.spi.json.JsonScanner;
import io.dlrouter.spi.json.JsonValue;
import io.dlrouter.spi.json.JsonValue.Kind;
import io.dlrouter.spi.json.MalformedJsonException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import okio.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * The text of a JSON object and where each of its members stands in it. Values are never decoded and encoded again:
 * what is not edited stays byte for byte. Immutable, over an array that it does not copy.
 */
public final class JsonObject implements JsonMembers {
    private static final int MAX_MEMBERS = 10_000;

    private final byte[] text;
    private final List<Member> members;
    /** Behind the value of the last member, or behind the brace if there is none. */
    private final int lastMemberEnd;

    private JsonObject(byte[] text, int start, List<Member> members) {
        this.text = text;
        this.members = members;
        this.lastMemberEnd = members.isEmpty() ? start + 1 : members.get(members.size() - 1).end;
    }

    /**
     * Where a member stands: its name is {@code [start, nameEnd)} with its quotes, its value {@code [valueStart, end)}.
     *
     * @param decoded its name; null if that is what stands there
     */
    private record Member(@Nullable String decoded, int start, int nameEnd, int valueStart, int end) {}

    /**
     * Reads the whole text once.
     *
     * @throws MalformedJsonException if it is not one JSON object
     */
    public static JsonObject read(byte[] text) {
        JsonScanner json = new JsonScanner(text, text.length);
        int start = json.skipSpace(behindByteOrderMark(text));
        List<Member> members = new ArrayList<>(16);
        int end = json.skipSpace(readMembers(text, json, start, members));
        if (end != text.length) {
            throw new MalformedJsonException("text follows the object", end);
        }
        return new JsonObject(text, start, members);
    }

    /** JSON text has none, but parsers may ignore one (RFC 8259, 8.1), as those of engines do. */
    private static int behindByteOrderMark(byte[] text) {
        boolean marked = text.length >= 3 && text[0] == (byte) 0xEF && text[1] == (byte) 0xBB && text[2] == (byte) 0xBF;
        return marked ? 3 : 0;
    }

    /**
     * The object that a value is, in a text of its own.
     *
     * @throws MalformedJsonException if it is something else
     */
    public static JsonObject of(JsonValue value) {
        byte[] copy = new byte[value.length()];
        value.bytes().get(copy);
        return read(copy);
    }

    /**
     * Reads the object that begins at a place of a longer text.
     *
     * @param limit behind the text
     * @throws MalformedJsonException if there is none
     */
    public static JsonObject within(byte[] text, int start, int limit) {
        List<Member> members = new ArrayList<>(4);
        readMembers(text, new JsonScanner(text, limit), start, members);
        return new JsonObject(text, start, members);
    }

    /** The place behind it in {@link #source()}. */
    public int end() {
        return new JsonScanner(text, text.length).skipSpace(lastMemberEnd) + 1;
    }

    /** Where a value stands in {@link #source()}. */
    public record Span(int start, int end) {}

    /** The text that it stands in: all of it is the object's, unless it is one {@link #within} another. */
    public byte[] source() {
        return text;
    }

    /** Whether a text is one JSON object. */
    public static boolean isOne(byte[] text) {
        try {
            read(text);
            return true;
        } catch (MalformedJsonException e) {
            return false;
        }
    }

    /** Whether a text is one JSON array. */
    public static boolean isArray(byte[] text) {
        try {
            JsonScanner json = new JsonScanner(text, text.length);
            int start = json.skipSpace(0);
            return json.at(start) == '[' && json.skipSpace(json.skipValue(start)) == text.length;
        } catch (MalformedJsonException e) {
            return false;
        }
    }

    private static int readMembers(byte[] text, JsonScanner json, int start, List<Member> members) {
        if (json.at(start) != '{') {
            throw new MalformedJsonException("it is not an object", start);
        }
        int here = json.skipSpace(start + 1);
        if (json.at(here) == '}') {
            return here + 1;
        }
        while (true) {
            int nameEnd = json.skipName(here);
            int valueStart = json.skipColon(nameEnd);
            int valueEnd = json.skipValue(valueStart);
            if (members.size() == MAX_MEMBERS) {
                throw new MalformedJsonException("it has more than " + MAX_MEMBERS + " members", here);
            }
            members.add(new Member(decodedName(text, here, nameEnd), here, nameEnd, valueStart, valueEnd));
            here = json.skipSpace(valueEnd);
            if (json.at(here) == '}') {
                return here + 1;
            }
            here = json.skipSpace(json.expect(here, ','));
        }
    }

    private static @Nullable String decodedName(byte[] text, int start, int end) {
        for (int i = start; i < end; i++) {
            if (text[i] == '\\' || text[i] < 0) {
                return JsonValue.view(text, start, end).string().orElseThrow();
            }
        }
        return null;
    }

    private boolean isNamed(Member member, String name) {
        if (member.decoded != null) {
            return member.decoded.equals(name);
        }
        int first = member.start + 1;
        int length = member.nameEnd - 1 - first;
        if (length != name.length()) {
            return false;
        }
        int equal = 0;
        while (equal < length && text[first + equal] == name.charAt(equal)) {
            equal++;
        }
        return equal == length;
    }

    private boolean isNamedAmong(Member member, Collection<String> names) {
        for (String name : names) {
            if (isNamed(member, name)) {
                return true;
            }
        }
        return false;
    }

    /** How many members have this name: engines take the last of several, other readers the first. */
    public int count(String name) {
        int count = 0;
        for (Member member : members) {
            if (isNamed(member, name)) {
                count++;
            }
        }
        return count;
    }

    @Override
    public Optional<JsonValue> member(String name) {
        return span(name).map(value -> JsonValue.view(text, value.start, value.end));
    }

    /** Where the value of a member stands; of several of this name, of the last. */
    public Optional<Span> span(String name) {
        for (int i = members.size() - 1; i >= 0; i--) {
            Member member = members.get(i);
            if (isNamed(member, name)) {
                return Optional.of(new Span(member.valueStart, member.end));
            }
        }
        return Optional.empty();
    }

    /** Where the values of all other members than these stand, in order. */
    public Stream<Span> valuesBeside(Collection<String> names) {
        return members.stream()
                .filter(member -> !isNamedAmong(member, names))
                .map(member -> new Span(member.valueStart, member.end));
    }

    /** The value of a member that is a string; empty if there is none, or it is something else. */
    public Optional<String> string(String name) {
        return member(name).flatMap(JsonValue::string);
    }

    /** A member that is an object; empty if there is none, or it is something else. */
    public Optional<JsonObject> object(String name) {
        return member(name).filter(value -> value.kind() == Kind.OBJECT).map(JsonObject::of);
    }

    /** The objects in a member that is an array; none if there is none, or it is something else. */
    public Stream<JsonObject> objects(String name) {
        return member(name).stream().flatMap(JsonValue::elements).map(JsonObject::of);
    }

    /** The JSON text of a member. */
    public Optional<String> text(String name) {
        return member(name).map(JsonValue::text);
    }

    /** The text of a member that is an array; empty if there is none, or it is something else. */
    public Optional<String> array(String name) {
        return member(name).filter(value -> value.kind() == Kind.ARRAY).map(JsonValue::text);
    }

    /** A member that is a count: a whole number from 0. */
    public Optional<Long> number(String name) {
        return text(name).filter(text -> text.matches("\\d{1,18}")).map(Long::valueOf);
    }

    /** The edited text; the very array that was read if nothing in it changes. */
    public byte[] edited(BodyEdit edit) {
        Set<String> names = namesIn(edit);
        Buffer result = new Buffer();
        int from = 0;
        for (int i = 0; i < members.size(); i++) {
            int next = behindRun(i, names);
            if (next > i) {
                result.write(text, from, cutStart(i, next) - from);
                from = cutEnd(next);
                i = next;
            }
        }
        if (from == 0 && edit.set().isEmpty()) {
            return text;
        }
        int end = Math.max(from, lastMemberEnd);
        result.write(text, from, end - from);
        append(edit.set(), result, behindRun(0, names) == members.size());
        return result.write(text, end, text.length - end).readByteArray();
    }

    private static Set<String> namesIn(BodyEdit edit) {
        if (edit.set().isEmpty()) {
            return edit.removed();
        }
        Set<String> names = new HashSet<>(edit.removed());
        names.addAll(edit.set().keySet());
        return names;
    }

    private static void append(Map<String, String> values, Buffer object, boolean isEmpty) {
        String separator = isEmpty ? "" : ",";
        for (Map.Entry<String, String> value : values.entrySet()) {
            object.writeUtf8(separator).writeByte('"').writeUtf8(value.getKey());
            object.writeUtf8("\":").writeUtf8(value.getValue());
            separator = ",";
        }
    }

    /** The first member from here on whose name is not among these. */
    private int behindRun(int from, Set<String> names) {
        int next = from;
        while (next < members.size() && isNamedAmong(members.get(next), names)) {
            next++;
        }
        return next;
    }

    /** A run of members at the end of the object takes the comma before it along. */
    private int cutStart(int run, int next) {
        return next == members.size() && run > 0 ? members.get(run - 1).end : members.get(run).start;
    }

    /** A run before another member takes the comma behind it along. */
    private int cutEnd(int next) {
        return next == members.size() ? members.get(next - 1).end : members.get(next).start;
    }
}
