/** Saved state: trees of named, typed fields, their compact encoding, and the file a whole machine is saved to. */
package dev.backplane.machine.state;
