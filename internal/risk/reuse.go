package risk

const credentialReuseWeight = 100

// credentialReuse finds a device whose credential exists twice: an old one came
// back after it had been replaced. Which of the two is the owner's cannot be
// told, so it acts at once and no habit explains it. A restored backup looks
// the same; its owner signs in anew.
func credentialReuse(f Facts) (int, map[string]string) {
	if f.CredentialReused {
		return credentialReuseWeight, nil
	}
	return 0, nil
}
