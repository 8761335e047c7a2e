package io.dlrouter.spi;

import io.dlrouter.Experimental;
import java.util.Set;

/**
 * Lists in a response, or in each event of it, whose first part prefill has and the rest decode.
 *
 * @param object the top-level member that contains them
 * @param lists their names in it
 */
@Experimental
public record PrefillLists(String object, Set<String> lists) {

    public PrefillLists {
        lists = Set.copyOf(lists);
    }
}
