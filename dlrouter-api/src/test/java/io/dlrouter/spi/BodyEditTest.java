package io.dlrouter.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BodyEditTest {

    @Test
    void none_anything_changesNothing() {
        assertThat(BodyEdit.NONE).isEqualTo(new BodyEdit(Set.of(), Map.of()));
    }

    @Test
    void edit_oneMemberMore_isAnotherEditAndLeavesThisOne() {
        BodyEdit edit = BodyEdit.NONE.removing("a").setting("b", "1");

        assertThat(edit.removing("c").setting("d", "{}"))
                .isEqualTo(new BodyEdit(Set.of("a", "c"), Map.of("b", "1", "d", "{}")));
        assertThat(edit).isEqualTo(new BodyEdit(Set.of("a"), Map.of("b", "1")));
        assertThat(BodyEdit.NONE.removed()).isEmpty();
        assertThat(BodyEdit.NONE.set()).isEmpty();
    }

    @Test
    void edit_sameMemberAgain_isTheLastWord() {
        assertThat(BodyEdit.NONE.removing("a").removing("a").setting("b", "1").setting("b", "2"))
                .isEqualTo(new BodyEdit(Set.of("a"), Map.of("b", "2")));
    }

    @Test
    void constructor_collectionsChangedLater_keepsWhatTheyWere() {
        Set<String> removed = new HashSet<>(Set.of("a"));
        Map<String, String> set = new HashMap<>(Map.of("b", "1"));
        BodyEdit edit = new BodyEdit(removed, set);

        removed.add("c");
        set.put("d", "2");

        assertThat(edit).isEqualTo(new BodyEdit(Set.of("a"), Map.of("b", "1")));
    }

    @Test
    void members_anyEdit_cannotBeChanged() {
        BodyEdit edit = BodyEdit.NONE.removing("a").setting("b", "1");

        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> edit.removed().add("c"));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> edit.set().put("c", "2"));
    }
}
