/**
 * The remote protocol of gdb (GDB manual, appendix E): {@link dev.backplane.shell.debug.PacketLink} frames packets,
 * {@link dev.backplane.shell.debug.GdbSession} answers them by a {@link dev.backplane.api.machine.MachineDebugger},
 * {@link dev.backplane.shell.debug.RegisterFile} says what a register is, {@link dev.backplane.shell.debug.GdbPort}
 * listens.
 */
package dev.backplane.shell.debug;
