package dev.backplane.shell.view;

/**
 * What a command that changes something says.
 *
 * @param value what scripts get, for instance the id of a card
 * @param text  what people read
 */
public record Answer(String value, String text) {

    @Override
    public String toString() {
        return value;
    }
}
