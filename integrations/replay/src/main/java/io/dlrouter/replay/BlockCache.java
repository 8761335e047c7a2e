package io.dlrouter.replay;

import io.dlrouter.spi.Prompt;
import java.util.Iterator;
import java.util.LinkedHashMap;

/** The blocks of prompts that an engine holds. When it is full, those go that were not used for the longest time. */
final class BlockCache {
    private final int capacity;
    private final LinkedHashMap<Long, Boolean> blocks = new LinkedHashMap<>(16, 0.75f, true);

    BlockCache(int capacity) {
        this.capacity = capacity;
    }

    /** Reads a prompt, and holds it from then on. Returns how many of its first blocks it held before. */
    int read(Prompt prompt) {
        int held = 0;
        while (held < prompt.blocks() && blocks.containsKey(prompt.block(held))) {
            held++;
        }
        hold(prompt);
        return held;
    }

    /** The deepest block is used first, so that none goes before those that build on it. */
    private void hold(Prompt prompt) {
        for (int i = prompt.blocks() - 1; i >= 0; i--) {
            blocks.put(prompt.block(i), true);
        }
        Iterator<Long> oldest = blocks.keySet().iterator();
        while (blocks.size() > capacity) {
            oldest.next();
            oldest.remove();
        }
    }

    void clear() {
        blocks.clear();
    }
}
