package io.dlrouter.core.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelativeLocationTest {

    @ParameterizedTest
    @CsvSource({
        "http://a:8000,       http://a:8000/v1/x?y=1,    /v1/x?y=1",
        "http://a:8000,       https://A:8000/v1/x,       /v1/x",
        "http://a:8000,       //a:8000/v1/x,             /v1/x",
        "http://a:8000,       http://a:8000,             /",
        "http://a:8000,       http://a:8000?y,           /?y",
        "http://a:8000/pre,   http://a:8000/pre/v1/x,    /v1/x",
        "http://a:8000,       http://a:80001/v1/x,       http://a:80001/v1/x",
        "http://a:8000,       http://b/v1/x,             http://b/v1/x",
        "http://a:8000,       /v1/x,                     /v1/x",
        "http://a:8000,       data:a//a:8000/,           data:a//a:8000/",
    })
    void location_anyValue_doesNotPointAtTheNode(String node, String location, String client) {
        HttpHeaders headers = HttpHeaders.of(
                Map.of("location", List.of(location), "content-location", List.of(location)), (name, value) -> true);

        HttpHeaders relative = RelativeLocation.of(headers, URI.create(node));

        assertThat(relative.firstValue("Location")).hasValue(client);
        assertThat(relative.firstValue("Content-Location")).hasValue(client);
    }

    @Test
    void headers_withoutLocation_areTheSame() {
        HttpHeaders headers = HttpHeaders.of(Map.of("a", List.of("http://a:8000")), (name, value) -> true);

        assertThat(RelativeLocation.of(headers, URI.create("http://a:8000"))).isSameAs(headers);
    }
}
