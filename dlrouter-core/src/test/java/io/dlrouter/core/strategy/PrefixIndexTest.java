package io.dlrouter.core.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.dlrouter.core.strategy.PrefixIndex.Holder;
import io.dlrouter.core.strategy.PrefixIndex.Taken;
import io.dlrouter.spi.Prompt;
import io.dlrouter.spi.Prompt.Unit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PrefixIndexTest {
    private final PrefixIndex index = new PrefixIndex();
    private final Holder a = new Holder();
    private final Holder b = new Holder();

    @Test
    void match_prompts_countsTheBlocksThatEachNodeHoldsFromTheFirstOn() {
        read(a, prompt(1, 2, 3, 4), 100);
        read(b, prompt(1, 2, 5), 100);

        assertThat(matched(prompt(1, 2, 3, 9))).containsExactly(3, 2);
        assertThat(matched(prompt(1, 2, 5, 6))).containsExactly(2, 3);
        assertThat(matched(prompt(1))).containsExactly(1, 1);
        assertThat(matched(prompt(7, 1))).containsExactly(0, 0);
        assertThat(matched(Prompt.EMPTY)).containsExactly(0, 0);
    }

    @Test
    void take_noRoom_dropsTheLongestUnusedFromTheEndOfItsPromptOn() {
        read(a, prompt(1, 2, 3), 5);
        read(a, prompt(1, 7, 8), 5);

        read(a, prompt(9), 5);

        assertThat(a.size()).isEqualTo(5);
        assertThat(matched(prompt(1, 2, 3)).get(0)).isEqualTo(2);
        assertThat(matched(prompt(1, 7, 8)).get(0)).isEqualTo(3);
        assertThat(matched(prompt(9)).get(0)).isEqualTo(1);
    }

    @Test
    void take_promptLongerThanTheCache_keepsItsBeginning() {
        read(a, prompt(1, 2, 3, 4), 2);

        assertThat(matched(prompt(1, 2, 3, 4)).get(0)).isEqualTo(2);
        assertThat(a.size()).isEqualTo(2);
    }

    @Test
    void take_noCapacity_holdsNothing() {
        read(a, prompt(1, 2), 0);

        assertThat(a.size()).isZero();
        assertThat(index.size()).isZero();
    }

    @Test
    void release_promptThatWasNotRead_keepsWhatWasThereBefore() {
        read(a, prompt(1, 2), 100);
        Taken taken = index.take(a, prompt(1, 2, 3, 4), 100);

        index.release(taken);

        assertThat(matched(prompt(1, 2, 3, 4)).get(0)).isEqualTo(2);
        assertThat(index.size()).isEqualTo(2);
    }

    @Test
    void release_usedAgainSince_keepsIt() {
        Taken first = index.take(a, prompt(1, 2), 100);
        read(a, prompt(1, 2, 3), 100);

        index.release(first);

        assertThat(matched(prompt(1, 2, 3)).get(0)).isEqualTo(3);
    }

    @Test
    void release_twoRequestsWithOnePrompt_isGoneWithTheSecond() {
        Taken first = index.take(a, prompt(1, 2), 100);
        Taken second = index.take(a, prompt(1, 2, 3), 100);

        index.release(first);
        assertThat(matched(prompt(1, 2, 3)).get(0)).isEqualTo(3);

        index.release(second);
        assertThat(index.size()).isZero();
    }

    @Test
    void release_promptThatFillsTheCache_hasCostNothing() {
        read(a, prompt(7, 8), 3);
        Taken tooLong = index.take(a, prompt(1, 2, 3), 3);

        index.release(tooLong);

        assertThat(matched(prompt(7, 8)).get(0)).isEqualTo(2);
    }

    @Test
    void forget_sinceAUse_dropsWhatWasUsedBefore() {
        read(a, prompt(1, 2), 100);
        read(a, prompt(5, 6), 100);
        read(a, prompt(7), 100);

        index.forget(a, 2);

        assertThat(matched(prompt(1, 2)).get(0)).isZero();
        assertThat(matched(prompt(5, 6)).get(0)).isZero();
        assertThat(matched(prompt(7)).get(0)).isEqualTo(1);
    }

    @Test
    void forget_node_leavesTheOthers() {
        read(a, prompt(1, 2), 100);
        read(b, prompt(1), 100);

        index.forget(a);

        assertThat(matched(prompt(1, 2))).containsExactly(0, 1);
        assertThat(index.size()).isEqualTo(1);
    }

    /** Against a cache that is told of each block by itself. */
    @Property(tries = 200)
    void take_anyPrompts_holdsWhatACacheWould(@ForAll long seed) {
        Random random = new Random(seed);
        PrefixIndex tested = new PrefixIndex();
        List<Holder> holders = List.of(new Holder(), new Holder(), new Holder());
        List<Map<Long, Boolean>> caches = new ArrayList<>();
        holders.forEach(holder -> caches.add(new LinkedHashMap<>(16, 0.75F, true)));
        int capacity = 1 + random.nextInt(40);
        for (int i = 0; i < 200; i++) {
            Prompt prompt = any(random);
            int node = random.nextInt(3);
            if (random.nextInt(40) == 0) {
                tested.forget(holders.get(node));
                caches.get(node).clear();
            }

            tested.match(prompt);
            for (int each = 0; each < 3; each++) {
                assertThat(tested.matchedBlocks(holders.get(each))).isEqualTo(held(caches.get(each), prompt));
            }
            Taken taken = tested.take(holders.get(node), prompt, capacity);
            if (random.nextInt(10) == 0) {
                tested.release(taken);
                taken = tested.take(holders.get(node), prompt, capacity);
            }
            tested.read(taken);
            use(caches.get(node), prompt, capacity);
            assertThat(holders.get(node).size()).isEqualTo(caches.get(node).size());
        }
        holders.forEach(tested::forget);
        assertThat(tested.size()).isZero();
    }

    /** Chats of a few sessions, whose hashes stand for all before them. */
    private static Prompt any(Random random) {
        int session = random.nextInt(6);
        int length = 1 + random.nextInt(12);
        return prompt(LongStream.range(0, length)
                .map(i -> i < 3 ? i + 1 : 100L * (session + 1) + i)
                .toArray());
    }

    private static int held(Map<Long, Boolean> cache, Prompt prompt) {
        int held = 0;
        while (held < prompt.blocks() && cache.containsKey(prompt.block(held))) {
            held++;
        }
        return held;
    }

    private static void use(Map<Long, Boolean> cache, Prompt prompt, int capacity) {
        for (int i = Math.min(prompt.blocks(), capacity) - 1; i >= 0; i--) {
            cache.merge(prompt.block(i), true, (before, now) -> now);
        }
        while (cache.size() > capacity) {
            cache.remove(cache.keySet().iterator().next());
        }
    }

    private void read(Holder holder, Prompt prompt, int capacity) {
        index.read(index.take(holder, prompt, capacity));
    }

    private List<Integer> matched(Prompt prompt) {
        index.match(prompt);
        return List.of(index.matchedBlocks(a), index.matchedBlocks(b));
    }

    private static Prompt prompt(long... blocks) {
        return Prompt.of(Unit.TOKENS, 16L * blocks.length, 16, blocks);
    }
}
