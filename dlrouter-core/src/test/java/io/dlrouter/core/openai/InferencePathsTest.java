package io.dlrouter.core.openai;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InferencePathsTest {

    @ParameterizedTest
    @CsvSource({
        "POST,   /v1/chat/completions,          true",
        "POST,   /v1/chat/completions/,         true",
        "POST,   /v1/responses/resp_1/cancel,   true",
        "POST,   /invocations,                  true",
        "POST,   /v1/models,                    false",
        "POST,   /v1/models/org/demo,           false",
        "POST,   /v1/load_lora_adapter,         false",
        "POST,   /inference/v1/abort_requests,  false",
        "GET,    /v1/responses/resp_1,          true",
        "GET,    /v1/responses/resp_1/,         true",
        "GET,    /v1/responses/r/input_items,   true",
        "GET,    /v1/responses/resp_1/cancel,   false",
        "GET,    /v1/responses,                 false",
        "GET,    /v1/responses/,                false",
        "GET,    /version,                      true",
        "GET,    /ping,                         true",
        "GET,    /v1/chat/completions,          false",
        "GET,    /v1/files,                     false",
        "DELETE, /v1/responses/resp_1,          true",
        "DELETE, /v1/responses/resp_1/cancel,   false",
        "PUT,    /v1/responses/resp_1,          false",
    })
    void isRouted_methodAndPath_areBothRequired(String method, String path, boolean routed) {
        assertThat(InferencePaths.isRouted(method, path)).isEqualTo(routed);
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/responses/resp_1?stream=true,   /v1/responses/{id}",
        "/v1/responses/resp_1/cancel/,       /v1/responses/{id}/cancel",
        "/v1/responses/render,               /v1/responses/render",
        "/v1/responses/?a,                   /v1/responses",
        "/v1/completions?a=/,                /v1/completions",
    })
    void route_anyPath_hasNoQueryAndNoId(String path, String route) {
        assertThat(InferencePaths.route(path)).isEqualTo(route);
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/completions/,       /v1/completions",
        "/v1/completions/?a=/,   /v1/completions?a=/",
        "/v1/completions?a=/,    /v1/completions?a=/",
        "/v1/completions,        /v1/completions",
        "/,                      /",
    })
    void withoutTrailingSlash_anyPath_keepsItsQuery(String path, String sent) {
        assertThat(InferencePaths.withoutTrailingSlash(path)).isEqualTo(sent);
    }
}
