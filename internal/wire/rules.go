package wire

import "unicode/utf8"

// Each function here makes the error of one rule. They are called when a rule is broken,
// with the name of the property, and name the size or the value that breaks it.

// Nil is the error of a model that is not there.
func Nil() *FieldError { return &FieldError{Rule: "must not be nil"} }

// Required is the error of a required property without a value.
func Required(field string) *FieldError { return &FieldError{Field: field, Rule: "is required"} }

// Invalid is the error of a property whose value s breaks a rule about its form.
func Invalid(field, s, rule string) *FieldError {
	return &FieldError{Field: field, Rule: rule, Got: "is " + quote(s)}
}

// TooLong is the error of a text of more than limit characters.
func TooLong(field, s string, limit int) *FieldError {
	return &FieldError{
		Field: field,
		Rule:  "must have at most " + plural(limit, "character"),
		Got:   "has " + plural(utf8.RuneCountInString(s), "character"),
	}
}

// TooShort is the error of a text of less than limit characters.
func TooShort(field, s string, limit int) *FieldError {
	return &FieldError{
		Field: field,
		Rule:  "must have at least " + plural(limit, "character"),
		Got:   "has " + plural(utf8.RuneCountInString(s), "character"),
	}
}

// TooMany is the error of a property with n items or entries (the unit, in the singular)
// where limit are allowed.
func TooMany(field string, n, limit int, unit string) *FieldError {
	return &FieldError{Field: field, Rule: "must have at most " + plural(limit, unit), Got: "has " + plural(n, unit)}
}

// TooFew is the error of a property with n items or entries where limit are demanded.
func TooFew(field string, n, limit int, unit string) *FieldError {
	return &FieldError{Field: field, Rule: "must have at least " + plural(limit, unit), Got: "has " + plural(n, unit)}
}

// TooLarge is the error of an object whose JSON has n bytes where limit are allowed.
func TooLarge(field string, n, limit int) *FieldError {
	return &FieldError{Field: field, Rule: "must have at most " + plural(limit, "byte") + " as JSON", Got: "has " + plural(n, "byte")}
}

// Reserved is the error of an object that has a key which the API keeps to itself.
func Reserved(field, key string) *FieldError {
	return &FieldError{Field: field, Rule: "must not have the key " + quote(key) + ", which is reserved"}
}

// Before is the error of a month that lies before the period that is written to.
func (e *Encoder) Before(field, month string) *FieldError {
	return Invalid(field, month, "must not be before "+e.NotBefore+", the month that is written to")
}

// NoLocator is the error of a record that cannot be found by what is known of it.
func NoLocator(id, typ string) *FieldError {
	err := &FieldError{Rule: "must have a nid, or an id and a type"}
	switch {
	case id != "":
		err.Got = "has an id but no type"
	case typ != "":
		err.Got = "has a type but no id"
	}
	return err
}
