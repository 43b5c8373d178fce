/** Guest RAM: host memory, its regions, page marks, and the checked way by which devices reach it. */
package dev.backplane.machine.memory;
