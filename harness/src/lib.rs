//! azmatrix.

pub mod flavor;
