package wire

import "unicode/utf8"

// Each function here returns the error for one rule that the named property breaks.

// Nil returns the error for a nil model.
func Nil() *FieldError { return &FieldError{Rule: "must not be nil"} }

// Required returns the error for a required property without a value.
func Required(field string) *FieldError { return &FieldError{Field: field, Rule: "is required"} }

// Invalid returns the error for a property whose value s does not have the required form.
func Invalid(field, s, rule string) *FieldError {
	return &FieldError{Field: field, Rule: rule, Got: "is " + quote(s)}
}

// TooLong returns the error for a text of more than limit characters.
func TooLong(field, s string, limit int) *FieldError {
	return &FieldError{
		Field: field,
		Rule:  "must have at most " + plural(limit, "character"),
		Got:   "has " + plural(utf8.RuneCountInString(s), "character"),
	}
}

// TooShort returns the error for a text of fewer than limit characters.
func TooShort(field, s string, limit int) *FieldError {
	return &FieldError{
		Field: field,
		Rule:  "must have at least " + plural(limit, "character"),
		Got:   "has " + plural(utf8.RuneCountInString(s), "character"),
	}
}

// TooMany returns the error for a property with n items or entries, of which at most limit
// are allowed. The unit is "item" or "entry".
func TooMany(field string, n, limit int, unit string) *FieldError {
	return &FieldError{Field: field, Rule: "must have at most " + plural(limit, unit), Got: "has " + plural(n, unit)}
}

// TooFew returns the error for a property with n items or entries, of which at least limit
// are required.
func TooFew(field string, n, limit int, unit string) *FieldError {
	return &FieldError{Field: field, Rule: "must have at least " + plural(limit, unit), Got: "has " + plural(n, unit)}
}

// TooLarge returns the error for an object whose JSON has n bytes, of which at most limit are
// allowed.
func TooLarge(field string, n, limit int) *FieldError {
	return &FieldError{Field: field, Rule: "must have at most " + plural(limit, "byte") + " as JSON", Got: "has " + plural(n, "byte")}
}

// muchTooLarge returns the error for an object whose JSON was not written to its end.
func muchTooLarge(field string, limit int) *FieldError {
	err := TooLarge(field, giveUpAt*limit, limit)
	err.Got = "has more than " + plural(giveUpAt*limit, "byte")
	return err
}

// Reserved returns the error for an object with a key that is reserved by the API.
func Reserved(field, key string) *FieldError {
	return &FieldError{Field: field, Rule: "must not have the key " + quote(key) + ", which is reserved"}
}

// Before returns the error for a month before the period that is written to.
func (e *Encoder) Before(field, month string) *FieldError {
	return Invalid(field, month, "must not be before "+e.NotBefore+", the month that is written to")
}

// NoLocator returns the error for a locator without a nid and without both an id and a type.
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
