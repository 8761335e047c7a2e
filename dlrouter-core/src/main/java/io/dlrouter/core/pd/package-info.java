/**
 * What both kinds of Prefill/Decode share: node selection for two roles, and responses that are edited on their way.
 */
@NullMarked
package io.dlrouter.core.pd;

import org.jspecify.annotations.NullMarked;
