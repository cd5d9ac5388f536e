package risk

const credentialReuseWeight = 100

// credentialReuse finds a device credential that exists twice: a replaced one was used
// again. It is unknown which client is the owner's, so the policy acts at once and no habit
// explains it. A restored backup looks the same; its owner signs in again.
func credentialReuse(f Facts) (int, map[string]string) {
	if f.CredentialReused {
		return credentialReuseWeight, nil
	}
	return 0, nil
}
