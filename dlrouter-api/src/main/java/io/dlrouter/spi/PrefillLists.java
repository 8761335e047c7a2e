package io.dlrouter.spi;

import io.dlrouter.Experimental;
import java.util.Set;

/**
 * Lists in an answer, or in each event of it, of which prefill gives the first part and decode the rest.
 *
 * @param object the top-level member that holds them
 * @param lists their names in it
 */
@Experimental
public record PrefillLists(String object, Set<String> lists) {

    public PrefillLists {
        lists = Set.copyOf(lists);
    }
}
