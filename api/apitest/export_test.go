package apitest

// Resolves reports whether a field of Query or of Mutation has a resolver.
func Resolves(root, field string) bool {
	resolvers := execution{}.queries()
	if root == "Mutation" {
		resolvers = execution{}.mutations()
	}
	return resolvers[field] != nil
}
