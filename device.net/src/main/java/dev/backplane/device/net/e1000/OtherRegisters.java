package dev.backplane.device.net.e1000;

import dev.backplane.api.register.Register;
import dev.backplane.api.register.Registers;

/** Registers that drivers set up or look at and that change nothing here: wire, buffers, LEDs, waking, management. */
final class OtherRegisters {
    private static final int FLEXIBLE_FILTERS = 0x5F00;
    private static final int FLEXIBLE_FILTERS_END = 0xA000;

    private OtherRegisters() {
    }

    static void declare(Registers registers) {
        registers.at(0x1C, 32, "FLA").describe("flash access");
        registers.at(0x170, 32, "FCTTV").describe("pause time").bits(15, 0, "TTV");
        Register configuration = registers.at(0x178, 32, "TXCW").describe("negotiation over fibre");
        configuration.bits(15, 0, "WORD");
        configuration.bits(31, 30, "CONTROL");
        registers.at(0x180, 32, "RXCW").readOnly();
        registers.at(0xE00, 32, "LEDCTL").describe("LEDs").reset(0x0706_8302);
        Register buffers = registers.at(0x1000, 32, "PBA").describe("packet buffer split");
        buffers.bits(15, 0, "RXA").reset(0x30);
        buffers.bits(31, 16, "TXA").readOnly().reset(0x10);
        for (Register mark : new Register[] {registers.at(0x2160, 32, "FCRTL"), registers.at(0x2168, 32, "FCRTH")}) {
            mark.bits(15, 3, "MARK");
            mark.bit(31, "ENABLE");
        }
        fifo(registers, 0x2410, "RD");
        fifo(registers, 0x3410, "TD");
        registers.at(0x3000, 32, "TXDMAC");
        registers.at(0x5800, 32, "WUC").describe("wake-up control");
        registers.at(0x5808, 32, "WUFC").describe("wake-up filters");
        registers.at(0x5810, 32, "WUS").describe("wake-up status").write1Clears();
        registers.at(0x5820, 32, "MANC").describe("management control");
        registers.at(0x5838, 32, "IPAV").describe("addresses to wake for");
        for (int i = 0; i < 4; i++) {
            registers.at(0x5840 + 8 * i, 32, "IP4AT" + i);
            registers.at(0x5880 + 4 * i, 32, "IP6AT" + i);
        }
        registers.at(0x5900, 32, "WUPL").readOnly();
        registers.quiet(FLEXIBLE_FILTERS, FLEXIBLE_FILTERS_END - FLEXIBLE_FILTERS);
    }

    private static void fifo(Registers registers, int offset, String name) {
        registers.at(offset, 32, name + "FH").bits(12, 0, "HEAD");
        registers.at(offset + 8, 32, name + "FT").bits(12, 0, "TAIL");
        registers.at(offset + 0x10, 32, name + "FHS").bits(12, 0, "HEAD");
        registers.at(offset + 0x18, 32, name + "FTS").bits(12, 0, "TAIL");
        registers.at(offset + 0x20, 32, name + "FPC").bits(12, 0, "COUNT");
    }
}
