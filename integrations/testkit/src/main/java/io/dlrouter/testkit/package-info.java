/**
 * Tests of plug-ins: contracts, which are abstract test classes of JUnit Jupiter for what the router relies on, and
 * fakes of what a plug-in receives. The test of a plug-in extends the contract of each type that it implements: {@link
 * io.dlrouter.testkit.RoutingStrategyContract}, {@link io.dlrouter.testkit.BackendAdapterContract}, {@link
 * io.dlrouter.testkit.TwoStageContract}, {@link io.dlrouter.testkit.DualDispatchContract} or {@link
 * io.dlrouter.testkit.NodeLinksContract}. Simulated engines are in {@code io.dlrouter.simulator}, which comes with this
 * artifact.
 */
@NullMarked
package io.dlrouter.testkit;

import org.jspecify.annotations.NullMarked;
