package io.dlrouter.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigValueTest {

    @ParameterizedTest
    @CsvSource({"60, 60000", "60s, 60000", "500ms, 500", "1.5, 1500", "2m, 120000", "1h, 3600000", "' 5 S ', 5000"})
    void time_anyUnit_isRead(String text, long millis) {
        assertThat(setting(text).time()).isEqualTo(Duration.ofMillis(millis));
        assertThat(setting(text).grace()).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0ms", "0.0001", "-5", "5d", "soon", ""})
    void time_noneAboveZero_isRefused(String text) {
        refuses(ConfigValue::time, text, "a time above 0, in seconds or such as 500ms, 60s, 30m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"576.1h", "2073600001ms", "999999999999h"})
    void time_moreThan24Days_isRefused(String text) {
        refuses(ConfigValue::time, text, "at most 576h, which is 24 days");
        refuses(ConfigValue::grace, text, "at most 576h, which is 24 days");
        assertThat(setting("576h").time()).isEqualTo(Duration.ofDays(24));
    }

    @Test
    void grace_zero_isNone() {
        assertThat(setting("0").grace()).isZero();
        refuses(ConfigValue::grace, "5d", "a time in seconds or such as 500ms, 60s, 30m");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1000b, 1000", "64KiB, 65536", "1.5k, 1536", "2kb, 2000", "64MiB, 67108864", "1GiB, 1073741824"
    })
    void size_anyUnit_isRead(String text, int bytes) {
        assertThat(setting(text).size()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2GiB", "1TiB", "0", "x"})
    void size_noneThatFitsIntoAnArray_isRefused(String text) {
        refuses(ConfigValue::size, text, "bytes, or a size such as 64MiB, below 2GiB");
    }

    @ParameterizedTest
    @CsvSource({"true, true", "YES, true", "on, true", "1, true", "False, false", "no, false", "off, false", "0, false"
    })
    void yesOrNo_anyWord_isRead(String text, boolean truth) {
        assertThat(setting(text).yesOrNo()).isEqualTo(truth);
    }

    @Test
    void yesOrNo_anotherWord_isRefused() {
        refuses(ConfigValue::yesOrNo, "maybe", "true or false");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "1e3", "many", "9999999999", ""})
    void limit_noWholeNumber_isRefused(String text) {
        refuses(ConfigValue::limit, text, "a whole number, 0 or more");
    }

    @Test
    void count_zero_isRefused() {
        assertThat(setting("1").count()).isEqualTo(1);
        refuses(ConfigValue::count, "0", "a whole number above 0");
    }

    @Test
    void whole_bounds_belongToIt() {
        assertThat(setting("1").whole(1, 3, "1 to 3")).isEqualTo(1);
        assertThat(setting("3").whole(1, 3, "1 to 3")).isEqualTo(3);
        refuses(text -> text.whole(1, 3, "1 to 3"), "4", "1 to 3");
    }

    @Test
    void list_commas_areBetweenItsParts() {
        assertThat(setting(" a , b,,c").list()).containsExactly("a", "b", "", "c");
        assertThat(setting(" ").list()).isEmpty();
    }

    @Test
    void address_noUrl_isRefusedUnderTheNameOfTheOption() {
        refuses(
                ConfigValue::address,
                "a:1",
                "http://host:port or https://host:port, with @rank for a data-parallel rank");
    }

    private static void refuses(Function<ConfigValue, ?> reading, String text, String expectation) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reading.apply(setting(text)))
                .withMessage("an_option: " + text + " (expected: " + expectation + ")");
    }

    private static ConfigValue setting(String value) {
        return new ConfigValue("an_option", value);
    }
}
