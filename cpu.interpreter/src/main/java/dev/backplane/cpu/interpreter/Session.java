package dev.backplane.cpu.interpreter;

import dev.backplane.api.cpu.CpuConfig;
import dev.backplane.api.cpu.CpuSession;
import dev.backplane.api.cpu.Vcpu;
import dev.backplane.api.cpu.VcpuBus;
import dev.backplane.api.memory.GuestRam;
import dev.backplane.api.memory.RamListener;
import dev.backplane.cpu.x86.CpuModel;
import dev.backplane.cpu.x86.OpTable;
import dev.backplane.cpu.x86.decode.Decoder;

/** The vCPUs of one machine and what they share. */
final class Session implements CpuSession, RamListener {
    final CpuConfig config;
    final CpuModel model;
    final GuestRam ram;
    final OpTable table;
    final Worlds worlds = new Worlds();
    volatile RamMap map;
    volatile CodeCache code;

    Session(CpuConfig config, CpuModel model) {
        this.config = config;
        this.model = model;
        table = Decoder.table(model);
        ram = config.ram();
        map = new RamMap(ram.regions());
        code = new CodeCache(ram, map);
        ram.addListener(this);
    }

    @Override
    public Vcpu createVcpu(int index, VcpuBus bus) {
        VcpuCore v = new VcpuCore(this, index, bus);
        worlds.add(v);
        return new InterpreterVcpu(v);
    }

    @Override
    public void close() {
        ram.removeListener(this);
        for (VcpuCore v : worlds.vcpus()) {
            v.close();
        }
    }

    @Override
    public void codeWritten(long guestAddress, long length) {
        code.deviceWrote(guestAddress, length);
        for (VcpuCore v : worlds.vcpus()) {
            v.cpu().attention = true;
        }
    }

    @Override
    public void dirtyTrackingChanged() {
        for (VcpuCore v : worlds.vcpus()) {
            v.requestDropWrites(-1);
        }
    }

    @Override
    public void regionsChanged() {
        map = new RamMap(ram.regions());
        code = new CodeCache(ram, map);
        for (VcpuCore v : worlds.vcpus()) {
            v.requestFlush();
        }
    }
}
