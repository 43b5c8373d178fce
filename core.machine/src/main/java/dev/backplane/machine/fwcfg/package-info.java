/** The firmware configuration device, with the register interface that QEMU gives it: firmware and test suites read it. */
package dev.backplane.machine.fwcfg;
