//! `tollgate serve`: answers as the appliance's Email Security Monitor does.
