package countersign.keycloak.orchestrator;

/**
 * What a check is about.
 *
 * @param flow the contract's word, such as {@code step_up}
 * @param challenge base64url
 */
public record Check(String flow, String rpId, String user, String challenge) {}
