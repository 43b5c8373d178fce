package dev.backplane.api.machine;

/**
 * One place for a card.
 *
 * @param name    {@code slot1} and so on for PCIe slots, {@code isa} for the ISA side
 * @param address the PCI address of the port that leads to it, or ""
 * @param card    the id of the card in it, or null if it is empty
 */
public record SlotView(String name, String address, String card) {
}
