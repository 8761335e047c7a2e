package io.dlrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoleTest {

    @ParameterizedTest
    @CsvSource({"HYBRID, 1", "PREFILL, 2", "DECODE, 3"})
    void wireNumber_eachRole_isThatOfLmdeploy(Role role, int number) {
        assertThat(role.wireNumber()).isEqualTo(number);
        assertThat(Role.ofWireNumber(number)).isEqualTo(role);
    }

    @ParameterizedTest
    @EnumSource
    void parse_nameInAnyCase_isTheRole(Role role) {
        assertThat(Role.parse(role.name())).isEqualTo(role);
        assertThat(Role.parse(role.name().toLowerCase(Locale.ROOT))).isEqualTo(role);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, -1})
    void ofWireNumber_noRole_tellsTheValueAndTheExpectation(int number) {
        assertThatThrownBy(() -> Role.ofWireNumber(number))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("role: " + number + " (expected: 1 or hybrid, 2 or prefill, 3 or decode)");
    }

    @Test
    void parse_noRole_tellsTheValueAndTheExpectation() {
        assertThatThrownBy(() -> Role.parse("both"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("role: both (expected: 1 or hybrid, 2 or prefill, 3 or decode)");
    }
}
