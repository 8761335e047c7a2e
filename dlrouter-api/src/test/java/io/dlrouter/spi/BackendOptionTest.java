package io.dlrouter.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackendOptionTest {
    private static final BackendOption SEATS = BackendOption.of("seats", "<n>", "How many there are")
            .withDefault("4")
            .readBy(BackendOptionTest::whole);

    private static String whole(String value) {
        if (!value.matches("\\d+")) {
            throw new IllegalArgumentException("a whole number");
        }
        return value;
    }

    @Test
    void read_validValue_isWhatTheReadingMakesOfIt() {
        assertThat(SEATS.read("7")).isEqualTo("7");
        assertThat(SEATS.readBy(value -> value + "s").read("7")).isEqualTo("7s");
    }

    @Test
    void read_invalidValue_namesOptionValueAndExpectation() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SEATS.read("many"))
                .withMessage("seats: many (expected: a whole number)");
    }

    @Test
    void of_nameLabelAndDescription_areKept() {
        assertThat(SEATS.name()).isEqualTo("seats");
        assertThat(SEATS.valueLabel()).isEqualTo("<n>");
        assertThat(SEATS.description()).isEqualTo("How many there are");
        assertThat(SEATS.defaultValue()).hasValue("4");
        assertThat(BackendOption.of("a_b2", "<x>", "").defaultValue()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Seats", "_a", "a_", "a__b", "a-b", "2a", "a b"})
    void of_badName_isRefused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BackendOption.of(name, "<x>", ""))
                .withMessageStartingWith("name: " + name + " (expected: ");
    }
}
