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
public final class Session implements CpuSession, RamListener {
    final CpuConfig config;
    final CpuModel model;
    final GuestRam ram;
    final OpTable table;
    final Worlds worlds = new Worlds();
    volatile RamMap map;
    volatile CodeCache code;

    private final Tier.Factory tiers;

    Session(CpuConfig config, CpuModel model) {
        this(config, model, null);
    }

    /** With a faster tier; null for none. */
    public Session(CpuConfig config, CpuModel model, Tier.Factory tiers) {
        this.tiers = tiers;
        this.config = config;
        this.model = model;
        table = Decoder.table(model);
        ram = config.ram();
        map = new RamMap(ram.regions());
        code = new CodeCache(ram, map, this::dropped);
        ram.addListener(this);
    }

    @Override
    public Vcpu createVcpu(int index, VcpuBus bus) {
        VcpuCore v = new VcpuCore(this, index, bus);
        if (tiers != null) {
            v.tier(tiers.create(v));
        }
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

    /** The vCPUs for which something was made of a block forget it. */
    private void dropped(Block b) {
        for (VcpuCore v : worlds.vcpus()) {
            if (b.made(v.number()) != null) {
                v.requestDrop(b);
            }
        }
    }

    @Override
    public void codeWritten(long guestAddress, long length) {
        code.deviceWrote(guestAddress, length);
        for (VcpuCore v : worlds.vcpus()) {
            v.cpu().requestAttention();
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
        code = new CodeCache(ram, map, this::dropped);
        for (VcpuCore v : worlds.vcpus()) {
            v.requestFlush();
        }
    }
}
