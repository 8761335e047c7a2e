/**
 * What the author of a plug-in needs to test it: contracts, which are abstract test classes of JUnit Jupiter that check
 * what the router relies on, and fakes of what a plug-in is given. The test of a plug-in extends the contract of each
 * type that it implements: {@link io.dlrouter.testkit.RoutingStrategyContract},
 * {@link io.dlrouter.testkit.BackendAdapterContract}, {@link io.dlrouter.testkit.TwoStageContract} or
 * {@link io.dlrouter.testkit.DualDispatchContract}, {@link io.dlrouter.testkit.NodeLinksContract}. Engines to send
 * requests to are in {@code io.dlrouter.simulator}, which comes with this artifact.
 */
@NullMarked
package io.dlrouter.testkit;

import org.jspecify.annotations.NullMarked;
