/**
 * Fake vLLM, SGLang and LMDeploy engines on real sockets, strict about what they are sent and able to fail on demand. A
 * test starts with {@link io.dlrouter.simulator.SimulatedEngine#start}; a {@link io.dlrouter.simulator.Fault} says how an
 * engine fails, a {@link io.dlrouter.simulator.RecordedRequest} what it was sent.
 */
@NullMarked
package io.dlrouter.simulator;

import org.jspecify.annotations.NullMarked;
