/** Fake vLLM, SGLang and LMDeploy engines on real sockets, strict about what they are sent and able to fail on demand. */
@NullMarked
package io.dlrouter.simulator;

import org.jspecify.annotations.NullMarked;
