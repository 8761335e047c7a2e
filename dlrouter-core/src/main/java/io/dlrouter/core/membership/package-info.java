/** Membership of the fleet: registration, persistence, health probes. */
@NullMarked
package io.dlrouter.core.membership;

import org.jspecify.annotations.NullMarked;
