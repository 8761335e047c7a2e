/** What is particular to LMDeploy. */
@NullMarked
package io.dlrouter.backend.lmdeploy;

import org.jspecify.annotations.NullMarked;
