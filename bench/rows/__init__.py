"""The rows of the table: each module measures one promise and the thing it is held against."""
