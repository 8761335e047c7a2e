package io.dlrouter.core.request;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.core.PlainBackend;
import io.dlrouter.core.TestFleet;
import io.dlrouter.core.fleet.Nodes;
import io.dlrouter.spi.BodyEdit;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReservedNamesTest {
    private final ReservedNames reserved = new ReservedNames(Set.of("resume_handle", "seat"), Set.of("X-Resume"));

    @Test
    void removedBy_noEdit_removesTheReservedMembersAndKeepsAllOtherBytes() {
        assertThat(body("{\"resume_handle\":{},\"model\":\"m\",\"seat\":1,\"n\":16.0}", BodyEdit.NONE))
                .isEqualTo("{\"model\":\"m\",\"n\":16.0}");
    }

    @Test
    void removedBy_editThatSetsAReservedMember_setsTheRoutersInPlaceOfTheClients() {
        BodyEdit edit = BodyEdit.NONE.setting("resume_handle", "{\"ours\":1}").removing("stream");

        assertThat(body("{\"resume_handle\":{\"evil\":1},\"stream\":true,\"n\":16.0,\"seat\":1}", edit))
                .isEqualTo("{\"n\":16.0,\"resume_handle\":{\"ours\":1}}");
    }

    @Test
    void headers_anyCase_areFound() {
        assertThat(reserved.headers().contains("x-resume")).isTrue();
        assertThat(reserved.headers().contains("x-other")).isFalse();
    }

    @Test
    void of_backends_isAllThatTheyReserve() {
        ReservedNames ofPlain = ReservedNames.of(List.of(new PlainBackend()));

        assertThat(ofPlain.members()).containsExactly("resume_handle");
        assertThat(ofPlain.headers()).containsExactlyInAnyOrder("X-data-parallel-rank", "X-Plain-Resume");
    }

    private String body(String text, BodyEdit edit) {
        RequestContext request = Nodes.context(TestFleet.chat(text), () -> "m");
        return new String(request.body(reserved.removedBy(edit)), UTF_8);
    }
}
