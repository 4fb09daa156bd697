//! azmatrix.
