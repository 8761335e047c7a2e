package io.dlrouter.core.pd.dual;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dlrouter.core.json.JsonObject;
import io.dlrouter.core.pd.ResponseEdit;
import io.dlrouter.spi.BodyEdit;
import io.dlrouter.spi.PrefillLists;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Inserts prefill's part of some lists before decode's.
 *
 * @param prefilled waits for prefill's response
 */
record PrefillListsEdit(PrefillLists lists, Supplier<JsonObject> prefilled) implements ResponseEdit {

    @Override
    public BodyEdit of(JsonObject response) {
        return response.object(lists.object())
                .map(decoded -> BodyEdit.NONE.setting(lists.object(), joined(decoded)))
                .orElse(BodyEdit.NONE);
    }

    private String joined(JsonObject decoded) {
        Optional<JsonObject> first = prefilled.get().object(lists.object());
        BodyEdit edit = BodyEdit.NONE;
        for (String name : lists.lists()) {
            Optional<String> list = first.flatMap(object -> object.array(name));
            if (list.isPresent()) {
                edit = edit.setting(name, joined(list.get(), decoded.array(name)));
            }
        }
        return new String(decoded.edited(edit), UTF_8);
    }

    /** Concatenates two JSON arrays. */
    private static String joined(String first, Optional<String> second) {
        String inner = inside(first);
        String more = second.map(PrefillListsEdit::inside).orElse("");
        return "[" + inner + (inner.isBlank() || more.isBlank() ? "" : ",") + more + "]";
    }

    private static String inside(String array) {
        return array.substring(1, array.length() - 1);
    }
}
