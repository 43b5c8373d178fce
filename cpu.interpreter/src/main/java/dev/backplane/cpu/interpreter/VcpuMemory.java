package dev.backplane.cpu.interpreter;

import dev.backplane.cpu.x86.PhysicalMemory;

/** Guest-physical memory as one vCPU sees it. */
final class VcpuMemory implements PhysicalMemory {
    private final Session session;
    private final VcpuCore vcpu;

    VcpuMemory(Session session, VcpuCore vcpu) {
        this.session = session;
        this.vcpu = vcpu;
    }

    @Override
    public long hostPage(long physical) {
        return session.map.hostPage(physical);
    }

    @Override
    public boolean writable(long physical) {
        return session.map.writable(physical);
    }

    @Override
    public boolean claimDirectWrites(long physical) {
        int index = session.map.index(physical);
        if (!session.code.claimWrites(index, vcpu.number())) {
            return false;
        }
        if (session.ram.dirtyTracking()) {
            session.ram.markDirty(physical);
        }
        return true;
    }

    @Override
    public void beforeWrite(long physical, int length) {
        int range = vcpu.currentRange;
        if (range == 0) {
            return;
        }
        int index = session.map.index(physical);
        if (index < 0 || index != vcpu.currentIndex || !session.code.holdsCode(index)) {
            return;
        }
        int from = (int) physical & 0xFFF;
        if (Block.meets(range, from, from + length)) {
            throw vcpu.cpu().repeatAlone;
        }
    }

    @Override
    public void afterWrite(long physical, int length) {
        int index = session.map.index(physical);
        if (index < 0) {
            return;
        }
        if (session.ram.dirtyTracking()) {
            session.ram.markDirty(physical);
        }
        CodePage p = session.code.page(index);
        int from = (int) physical & 0xFFF;
        if (p == null || !p.mayHold(from, from + length)) {
            return;
        }
        session.worlds.acquire(session.code.lock, vcpu);
        try {
            session.code.invalidate(index, from, length);
        } finally {
            session.worlds.release(session.code.lock, vcpu);
        }
        vcpu.codeWrites++;
    }
}
