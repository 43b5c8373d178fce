package dev.backplane.cpu.lockstep;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SequencedMap;

import dev.backplane.cpu.interpreter.Block;
import dev.backplane.cpu.interpreter.Tier;
import dev.backplane.cpu.interpreter.VcpuCore;

/** The translator's tier, made to stop at the end of each slice. */
class LeaderTier implements Tier {
    /** Whether the next slice ends at the first place where machine code looks for attention. */
    boolean shortSlice;
    private final VcpuCore core;
    private final Tier tier;

    LeaderTier(VcpuCore core, Tier tier) {
        this.core = core;
        this.tier = tier;
    }

    @Override
    public void execute() {
        MemorySegment cell = core.cpu().attentionCell;
        if (shortSlice && cell != null) {
            cell.set(ValueLayout.JAVA_INT, 0, 0);
        }
        tier.execute();
        core.kick();
    }

    @Override
    public void dropped(Block block) {
        tier.dropped(block);
    }

    @Override
    public void mappingsChanged() {
        tier.mappingsChanged();
    }

    @Override
    public void localMappingsChanged() {
        tier.localMappingsChanged();
    }

    @Override
    public void spaceChanged(boolean kept) {
        tier.spaceChanged(kept);
    }

    @Override
    public void mappingChanged(long linear) {
        tier.mappingChanged(linear);
    }

    @Override
    public void busEntered() {
        tier.busEntered();
    }

    @Override
    public void writesTracked() {
        tier.writesTracked();
    }

    @Override
    public List<String> made(Block block, int pos) {
        return tier.made(block, pos);
    }

    @Override
    public void make(Block block) {
        tier.make(block);
    }

    @Override
    public void flush() {
        tier.flush();
    }

    @Override
    public void statistics(SequencedMap<String, Long> counters) {
        tier.statistics(counters);
    }

    @Override
    public void close() {
        tier.close();
    }
}
