/**
 * Cards as the core holds them: the lock under which a card's code runs, what it claimed, the containment of what it
 * throws, and its console. A {@link dev.backplane.machine.device.CardHost} outlives the instances of the device that it
 * holds: what the guest sees hangs on the host, so an instance can be exchanged behind it.
 */
package dev.backplane.machine.device;
